//! The few things that can be set, and the feed of what friends wrote.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::digest::friends;
use super::super::session::same;
use super::super::sites::Site;
use super::super::{login, pages};
use super::Visit;
use crate::config::Pictures;
use crate::error::Failure;
use crate::mentions::random;

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/settings").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match keys(&visit, &headers).await {
        Ok(keys) => visit.page("settings", ("settings", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

async fn keys(visit: &Visit, headers: &HeaderMap) -> Result<Value, Failure> {
    let desk = visit.site.desk(&visit.house.store);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let digest = friends::name(&desk).await?.map(|name| {
        let mail = desk.config.mail.as_ref().map(|mail| {
            let at = mail.at.strftime("%H:%M");
            format!("The morning mail, about {at}, tells of it, too.")
        });
        json!({ "url": friends::address(&desk, host, &name), "mail": mail })
    });
    Ok(json!({
        "title": "Settings",
        "pictures": match visit.config.reader.pictures {
            Pictures::Shown => "show",
            Pictures::OnClick => "click",
        },
        "digest": digest,
    }))
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    act: String,
}

pub(super) async fn change(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let visit = match Visit::begin_form(house, site, &headers, &given.csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = async {
        if given.act == "new-digest" {
            let name = random::name()?;
            visit.house.store.keep_secret(&visit.site.id, friends::NAME, &name).await?;
        }
        Ok::<_, Failure>(())
    };
    match done.await {
        Ok(()) => visit.back(&visit.path("/settings")),
        Err(failure) => visit.broken(&failure),
    }
}

/// The feed of what friends wrote, for whoever knows its name.
pub(super) async fn digest(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let desk = site.desk(&house.store);
    let known = match friends::name(&desk).await {
        Ok(known) => known,
        Err(failure) => return login::broken(&desk.config, &failure),
    };
    let asked = file.strip_suffix(".xml").unwrap_or_default();
    let Some(name) = known.filter(|known| same(known, asked)) else {
        let words = "There is no feed with this address.";
        return pages::message(&desk.config, StatusCode::NOT_FOUND, "Nothing is here", words);
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match friends::feed(&desk, host, &name).await {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"),
                (header::CACHE_CONTROL, "private, max-age=900"),
            ];
            (headers, text).into_response()
        }
        Err(failure) => login::broken(&desk.config, &failure),
    }
}
