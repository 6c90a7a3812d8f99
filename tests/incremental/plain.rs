//! The files of a site as changes see them: TOML of one line a key, and Markdown with such a head.
//! What these tests did not write themselves need not be understood.

/// A file of tables, in the order in which they stand.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Header as written (empty for the top), and its keys with their values as written.
    pub tables: Vec<(String, Vec<(String, String)>)>,
}

impl Tables {
    pub fn parse(text: &str) -> Self {
        let mut tables = vec![(String::new(), Vec::new())];
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if line.starts_with('[') {
                tables.push((line.trim().to_owned(), Vec::new()));
            } else if let Some((key, value)) = line.split_once(" = ") {
                let last = tables.last_mut().unwrap();
                last.1.push((key.to_owned(), value.to_owned()));
            }
        }
        Self { tables }
    }

    pub fn text(&self) -> String {
        let mut out = String::new();
        for (header, keys) in &self.tables {
            if !header.is_empty() {
                out.push_str(&format!("\n{header}\n"));
            }
            for (key, value) in keys {
                out.push_str(&format!("{key} = {value}\n"));
            }
        }
        out
    }

    /// Sets a key of the first table with this header, or takes it away.
    pub fn set(&mut self, header: &str, key: &str, value: Option<&str>) {
        let at = match self.tables.iter().position(|(name, _)| name == header) {
            Some(at) => at,
            None if value.is_none() => return,
            None => {
                self.tables.push((header.to_owned(), Vec::new()));
                self.tables.len() - 1
            }
        };
        set(&mut self.tables[at].1, key, value);
    }

    /// The places of all tables with this header.
    pub fn all(&self, header: &str) -> Vec<usize> {
        let found = self.tables.iter().enumerate();
        found.filter(|(_, (name, _))| name == header).map(|(at, _)| at).collect()
    }
}

fn set(keys: &mut Vec<(String, String)>, key: &str, value: Option<&str>) {
    let at = keys.iter().position(|(name, _)| name == key);
    match (at, value) {
        (Some(at), Some(value)) => keys[at].1 = value.to_owned(),
        (None, Some(value)) => keys.push((key.to_owned(), value.to_owned())),
        (Some(at), None) => {
            keys.remove(at);
        }
        (None, None) => {}
    }
}

/// A post, a page or the text of a list.
#[derive(Debug, Clone, Default)]
pub struct Doc {
    /// Keys and their values as written.
    pub head: Vec<(String, String)>,
    /// The Markdown.
    pub body: String,
    /// Whether the head is YAML.
    pub yaml: bool,
}

impl Doc {
    /// Reads what [`Doc::text`] wrote; anything else is a text without a head.
    pub fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        for (fence, between, yaml) in [("+++\n", " = ", false), ("---\n", ": ", true)] {
            let rest = text.strip_prefix(fence);
            let Some((head, body)) = rest.and_then(|rest| rest.split_once(fence)) else { continue };
            let pairs = head.lines().filter_map(|line| line.split_once(between));
            let head = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            return Self { head, body: body.to_owned(), yaml };
        }
        Self { head: Vec::new(), body: text, yaml: false }
    }

    pub fn text(&self) -> String {
        // Tables in one line are not the same in both.
        let yaml = self.yaml && !self.head.iter().any(|(_, value)| value.contains('{'));
        let (fence, between) = if yaml { ("---", ": ") } else { ("+++", " = ") };
        let mut out = format!("{fence}\n");
        for (key, value) in &self.head {
            out.push_str(&format!("{key}{between}{value}\n"));
        }
        format!("{out}{fence}\n{}", self.body)
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.head.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, key: &str, value: &str) {
        set(&mut self.head, key, Some(value));
    }

    pub fn unset(&mut self, key: &str) {
        set(&mut self.head, key, None);
    }

    /// A list of texts, without their quotation marks.
    pub fn list(&self, key: &str) -> Vec<String> {
        let value = self.get(key).unwrap_or("").trim_matches(['[', ']']);
        let parts = value.split(", ").map(|part| part.trim_matches('"').to_owned());
        parts.filter(|part| !part.is_empty()).collect()
    }

    pub fn set_list(&mut self, key: &str, list: &[String]) {
        if list.is_empty() {
            return self.unset(key);
        }
        let quoted: Vec<String> = list.iter().map(|part| format!("\"{part}\"")).collect();
        self.set(key, &format!("[{}]", quoted.join(", ")));
    }

    /// The title without its quotation marks.
    pub fn title(&self) -> Option<&str> {
        self.get("title").map(|title| title.trim_matches('"'))
    }
}
