//! The circle as a drawing: SVG in which everybody is a link with a name, to be gone through with the
//! keyboard and read aloud. Looks are left to the style sheet (`graph.css` of the themes): classes
//! only, so that it stands on pages with a strict content security policy.

use std::borrow::Cow;
use std::fmt::Write;

use super::place::{Group, Places, Point, place};
use crate::text::html::{escape_attribute, escape_text};

/// Most people in a picture.
pub const MOST_FACES: usize = 300;

/// Most lines between them.
const MOST_LINES: usize = 1_500;

/// Up to so many, names stand below all faces.
const NAMED: usize = 40;

/// Up to so many, the picture fits small screens as it is.
const FEW: usize = 8;

/// Up to so many, thin lines lead to everybody whom the owner follows.
const SPOKES: usize = 60;

/// Letters of a name below a face.
const LONGEST: usize = 14;

/// Groups that have a colour of their own.
const COLOURS: usize = 6;

/// How somebody stands to the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Both follow each other.
    Mutual,
    /// The owner follows them.
    Followed,
    /// They follow the owner.
    Follower,
    /// Followed by somebody whom the owner follows.
    Friend,
}

impl Standing {
    fn class(self) -> &'static str {
        match self {
            Self::Mutual => "mutual",
            Self::Followed => "followed",
            Self::Follower => "follower",
            Self::Friend => "friend",
        }
    }
}

/// Somebody in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Their name.
    pub name: String,
    /// Where a click on them leads.
    pub href: String,
    /// The address of their picture, where the page may load it; their initial if there is none.
    pub image: Option<String>,
    /// What is read aloud after the name: "you follow each other".
    pub about: String,
    /// How they stand to the owner.
    pub standing: Standing,
}

/// What is to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The owner's name, and their picture.
    pub me: (String, Option<String>),
    /// Everybody else.
    pub people: Vec<Face>,
    /// Who follows whom among them, by their places.
    pub links: Vec<(usize, usize)>,
    /// What the picture is called.
    pub title: String,
    /// What it shows, in a sentence or two.
    pub about: String,
}

/// A picture, and what a table beside it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The drawing.
    pub svg: String,
    /// Who is in it, group by group: places in the scene, and the number of their group from 1 on;
    /// none for those who link nobody.
    pub shown: Vec<(usize, Option<usize>)>,
    /// How many are not in it, because there are too many.
    pub left_out: usize,
}

/// Draws a scene. The same scene is the same picture.
#[must_use]
pub fn draw(scene: &Scene) -> Picture {
    let chosen = chosen(scene);
    let number = |person: usize| chosen.binary_search(&person).ok();
    let mut links: Vec<(usize, usize)> = scene
        .links
        .iter()
        .filter_map(|(from, to)| Some((number(*from)?, number(*to)?)))
        .filter(|(from, to)| from != to)
        .collect();
    links.sort_unstable();
    links.dedup();
    let space = if chosen.len() <= NAMED { 92.0 } else { 46.0 };
    let places = place(chosen.len(), &links, space);
    let faces: Vec<&Face> = chosen.iter().filter_map(|id| scene.people.get(*id)).collect();
    let sheet = Sheet { scene, faces, places: &places, links: &links, space };
    let mut shown = Vec::new();
    for (at, group) in places.groups.iter().enumerate() {
        let number = Some(at + 1).filter(|_| group.is_circle);
        let ids = sheet.in_order(group);
        shown.extend(ids.into_iter().filter_map(|id| Some((*chosen.get(id)?, number))));
    }
    let left_out = scene.people.len().saturating_sub(chosen.len());
    Picture { svg: sheet.draw(), shown, left_out }
}

/// Who is drawn: the nearest, and of those the ones with most links. In the order of the scene.
fn chosen(scene: &Scene) -> Vec<usize> {
    let mut counts = vec![0_usize; scene.people.len()];
    for (from, to) in &scene.links {
        for id in [from, to] {
            if let Some(count) = counts.get_mut(*id) {
                *count = count.saturating_add(1);
            }
        }
    }
    let mut order: Vec<(Standing, std::cmp::Reverse<usize>, usize)> = scene
        .people
        .iter()
        .zip(counts)
        .enumerate()
        .map(|(id, (face, count))| (face.standing, std::cmp::Reverse(count), id))
        .collect();
    order.sort_unstable();
    let mut chosen: Vec<usize> = order.into_iter().take(MOST_FACES).map(|(.., id)| id).collect();
    chosen.sort_unstable();
    chosen
}

/// A picture that is being drawn.
struct Sheet<'s> {
    scene: &'s Scene,
    faces: Vec<&'s Face>,
    places: &'s Places,
    links: &'s [(usize, usize)],
    space: f64,
}

impl Sheet<'_> {
    fn draw(&self) -> String {
        let mut svg = String::new();
        let (from, width, height) = self.frame();
        let many = match self.faces.len() {
            0..=FEW => "few",
            _ if self.has_names() => "some",
            _ => "many",
        };
        // Writing into a `String` cannot fail.
        let _ = write!(
            svg,
            "<svg class=\"graph {many}\" xmlns=\"http://www.w3.org/2000/svg\" \
             viewBox=\"{} {} {} {}\" width=\"{}\" height=\"{}\" role=\"group\" aria-labelledby=\"graph-title graph-about\">\
             <title id=\"graph-title\">{}</title><desc id=\"graph-about\">{}</desc>\
             <defs><clipPath id=\"graph-face\" clipPathUnits=\"objectBoundingBox\">\
             <circle cx=\".5\" cy=\".5\" r=\".5\"/></clipPath></defs>",
            number(from.x),
            number(from.y),
            number(width),
            number(height),
            number(width),
            number(height),
            escape_text(&self.scene.title),
            escape_text(&self.scene.about),
        );
        self.groups(&mut svg);
        self.lines(&mut svg);
        self.me(&mut svg);
        for (at, group) in self.places.groups.iter().enumerate() {
            for id in self.in_order(group) {
                self.person(&mut svg, id, at);
            }
        }
        svg.push_str("</svg>");
        svg
    }

    fn has_names(&self) -> bool {
        self.faces.len() <= NAMED
    }

    fn radius(&self) -> f64 {
        if self.has_names() { self.space * 0.28 } else { self.space * 0.4 }
    }

    /// The people of a group by name: the order of the keyboard.
    fn in_order(&self, group: &Group) -> Vec<usize> {
        let mut ids = group.people.clone();
        let name = |id: &usize| self.faces.get(*id).map(|face| face.name.to_lowercase());
        ids.sort_by(|one, other| name(one).cmp(&name(other)).then(one.cmp(other)));
        ids
    }

    /// The corner of what is drawn, and its size.
    fn frame(&self) -> (Point, f64, f64) {
        let margin = self.space * 0.25;
        let discs = self.places.groups.iter().map(|group| (group.centre, group.radius));
        let me = (Point::default(), self.space * 0.75);
        let (mut low, mut high) = (Point::default(), Point::default());
        for (centre, radius) in discs.chain([me]) {
            low = Point { x: low.x.min(centre.x - radius), y: low.y.min(centre.y - radius) };
            high = Point { x: high.x.max(centre.x + radius), y: high.y.max(centre.y + radius) };
        }
        let wide = (high.x - low.x + 2.0 * margin).max(300.0);
        let tall = (high.y - low.y + 2.0 * margin).max(160.0);
        let middle = Point { x: low.x.midpoint(high.x), y: low.y.midpoint(high.y) };
        (Point { x: middle.x - wide / 2.0, y: middle.y - tall / 2.0 }, wide, tall)
    }

    fn groups(&self, svg: &mut String) {
        svg.push_str("<g class=\"groups\" aria-hidden=\"true\">");
        for (at, group) in self.places.groups.iter().enumerate().filter(|(_, g)| g.is_circle) {
            let _ = write!(
                svg,
                "<circle class=\"c{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                at % COLOURS,
                number(group.centre.x),
                number(group.centre.y),
                number(group.radius),
            );
        }
        svg.push_str("</g>");
    }

    /// Lines between people, stronger where both follow each other, and those to the owner.
    fn lines(&self, svg: &mut String) {
        svg.push_str("<g class=\"lines\" aria-hidden=\"true\">");
        for (id, face) in self.faces.iter().enumerate() {
            let class = match face.standing {
                Standing::Mutual => "me both",
                Standing::Followed if self.faces.len() <= SPOKES => "me",
                _ => continue,
            };
            if let Some(to) = self.places.people.get(id) {
                line(svg, class, Point::default(), *to);
            }
        }
        let mut drawn = Vec::new();
        for (from, to) in self.links {
            let is_both = self.links.binary_search(&(*to, *from)).is_ok();
            if is_both && to < from {
                continue;
            }
            let points = (self.places.people.get(*from), self.places.people.get(*to));
            if let (Some(a), Some(b)) = points {
                drawn.push((!is_both, a.distance(*b), *a, *b));
            }
        }
        // Where there are too many, the short ones say more. Stable.
        drawn.sort_by(|(one, a, ..), (other, b, ..)| one.cmp(other).then(a.total_cmp(b)));
        for (is_one_way, _, a, b) in drawn.into_iter().take(MOST_LINES) {
            line(svg, if is_one_way { "one" } else { "both" }, a, b);
        }
        svg.push_str("</g>");
    }

    fn me(&self, svg: &mut String) {
        let (name, image) = &self.scene.me;
        let radius = self.radius() * 1.25;
        let _ = write!(svg, "<g class=\"who me\" role=\"img\" aria-label=\"{}\">", attribute(name));
        body(svg, Point::default(), radius, (name, image.as_deref()));
        svg.push_str("</g>");
    }

    fn person(&self, svg: &mut String, id: usize, group: usize) {
        let (Some(face), Some(at)) = (self.faces.get(id), self.places.people.get(id)) else {
            return;
        };
        let is_circle = self.places.groups.get(group).is_some_and(|group| group.is_circle);
        let colour = if is_circle { format!(" c{}", group % COLOURS) } else { String::new() };
        let label = match face.about.as_str() {
            "" => face.name.clone(),
            about => format!("{}: {about}", face.name),
        };
        let _ = write!(
            svg,
            "<a class=\"who {}{colour}\" href=\"{}\" aria-label=\"{}\"><title>{}</title>",
            face.standing.class(),
            attribute(&face.href),
            attribute(&label),
            escape_text(&label),
        );
        let radius = self.radius();
        body(svg, *at, radius, (&face.name, face.image.as_deref()));
        // Where there are many, the name of whoever is pointed at is shown by the style sheet.
        let size = if self.has_names() { 13.0 } else { 15.0 };
        let _ = write!(
            svg,
            "<text class=\"name\" aria-hidden=\"true\" x=\"{}\" y=\"{}\" font-size=\"{}\" \
             text-anchor=\"middle\">{}</text></a>",
            number(at.x),
            number(at.y + radius + size * 1.1),
            number(size),
            escape_text(&short(&face.name)),
        );
    }
}

/// A face, or an initial.
fn body(svg: &mut String, at: Point, radius: f64, (name, image): (&str, Option<&str>)) {
    let (x, y, r) = (number(at.x), number(at.y), number(radius));
    let _ = write!(svg, "<circle class=\"face\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>");
    match image {
        Some(image) => {
            let _ = write!(
                svg,
                "<image href=\"{}\" x=\"{}\" y=\"{}\" width=\"{size}\" height=\"{size}\" \
                 preserveAspectRatio=\"xMidYMid slice\" clip-path=\"url(#graph-face)\"/>",
                attribute(image),
                number(at.x - radius),
                number(at.y - radius),
                size = number(radius * 2.0),
            );
        }
        None => {
            let _ = write!(
                svg,
                "<text class=\"initial\" aria-hidden=\"true\" x=\"{x}\" y=\"{}\" \
                 font-size=\"{}\" text-anchor=\"middle\">{}</text>",
                number(at.y + radius * 0.35),
                number(radius),
                escape_text(&initial(name)),
            );
        }
    }
    let ring = number(radius + 2.0);
    let _ = write!(svg, "<circle class=\"ring\" cx=\"{x}\" cy=\"{y}\" r=\"{ring}\"/>");
}

fn line(svg: &mut String, class: &str, from: Point, to: Point) {
    let _ = write!(
        svg,
        "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
        number(from.x),
        number(from.y),
        number(to.x),
        number(to.y),
    );
}

/// A number as short as it is good for a drawing, the same on every machine.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn initial(name: &str) -> String {
    let first = name.chars().find(|c| c.is_alphanumeric());
    first.map_or_else(|| "?".to_owned(), |c| c.to_uppercase().collect())
}

fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let start: String = name.chars().take(LONGEST - 1).collect();
    format!("{}…", start.trim_end())
}

fn attribute(text: &str) -> Cow<'_, str> {
    escape_attribute(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(at: usize, standing: Standing) -> Face {
        Face {
            name: format!("P{at} <&\" of a long name"),
            href: format!("https://p{at}.example/?a&b=\"'<>"),
            image: at.is_multiple_of(3).then(|| format!("/faces/{at}.png")),
            about: "you follow them".to_owned(),
            standing,
        }
    }

    /// So many people in neighbourhoods of eight.
    fn scene(count: usize) -> Scene {
        let standing = |at: usize| match at % 4 {
            0 => Standing::Mutual,
            1 => Standing::Follower,
            _ => Standing::Followed,
        };
        let near = |at: usize| (at - at % 8..(at - at % 8 + 8).min(count)).map(move |to| (at, to));
        Scene {
            me: ("Ana".to_owned(), None),
            people: (0..count).map(|at| face(at, standing(at))).collect(),
            links: (0..count).flat_map(near).chain([(0, count + 7)]).collect(),
            title: "People & me".to_owned(),
            about: "Who follows whom".to_owned(),
        }
    }

    /// Where the faces are, and how large.
    fn faces(svg: &str) -> Vec<(f64, f64, f64)> {
        let value = |tag: &str, name: &str| -> f64 {
            let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        let circles = svg.split("<circle class=\"face\"").skip(1);
        circles.map(|tag| (value(tag, "cx"), value(tag, "cy"), value(tag, "r"))).collect()
    }

    #[test]
    fn nobody_lies_on_somebody_else() {
        for count in [1, 2, 3, 9, 30, 41, 300] {
            let svg = draw(&scene(count)).svg;
            let all = faces(&svg);
            assert_eq!(all.len(), count + 1);
            for (at, (x, y, r)) in all.iter().enumerate() {
                for (a, b, s) in all.iter().skip(at + 1) {
                    let distance = ((x - a).powi(2) + (y - b).powi(2)).sqrt();
                    assert!(distance > r + s, "{count}: {distance}");
                }
            }
        }
    }

    #[test]
    fn everybody_is_a_link_with_a_name_and_nothing_is_styled_inline() {
        let picture = draw(&scene(30));
        let svg = &picture.svg;
        assert_eq!(svg.matches("<a class=\"who ").count(), 30);
        assert_eq!(svg.matches("aria-label=\"P").count(), 30);
        assert!(svg.contains("P0 &lt;&amp;&quot; of a long name: you follow them\""));
        assert!(svg.contains("<title id=\"graph-title\">People &amp; me</title>"));
        for banned in [" style=", " fill=", " stroke=", "<style", "<script", " on", "NaN", "inf"] {
            assert!(!svg.contains(banned), "{banned}");
        }
        assert_eq!(picture.shown.len(), 30);
        assert_eq!(picture.shown.iter().filter_map(|(_, group)| *group).max(), Some(4));
        assert!(svg.matches("class=\"both\"").count() > 50);
        assert_eq!(svg, &draw(&scene(30)).svg);
    }

    #[test]
    fn there_is_a_limit_and_the_nearest_stay() {
        let mut many = scene(1_000);
        many.people.push(Face { name: "Far".to_owned(), ..face(0, Standing::Friend) });
        let picture = draw(&many);
        assert_eq!((picture.shown.len(), picture.left_out), (MOST_FACES, 701));
        let standing = |(at, _): &(usize, _)| many.people[*at].standing;
        let mutual = picture.shown.iter().filter(|row| standing(row) == Standing::Mutual).count();
        assert_eq!(mutual, 250);
        assert!(picture.svg.matches("<line ").count() <= MOST_LINES + MOST_FACES);
        assert!(picture.svg.len() < 600_000, "{}", picture.svg.len());
    }

    #[test]
    fn nobody_is_a_picture_too() {
        let picture = draw(&Scene { links: Vec::new(), ..scene(0) });
        assert_eq!((picture.shown.len(), picture.left_out), (0, 0));
        assert!(picture.svg.ends_with("</svg>"));
    }
}
