//! What is answered to which request.

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path as Segment, Query, Request, State as With};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::{Check, Store};
use super::{Locate, page};

const OPENAPI: &str = include_str!("openapi.json");

/// How many checks are listed.
const LISTED: usize = 200;

/// A request that names a path is this long at most; only uploads are longer.
const MOST_JSON_BYTES: usize = 64 * 1024;

/// What a page may do: show itself. Reports bring their pictures and styles along.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

#[derive(Clone)]
pub(super) struct Shared {
    pub store: Arc<Store>,
    pub locate: Arc<Locate>,
    pub token: Option<String>,
    pub most_bytes: u64,
}

pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(list_page))
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/v1/checks", get(list).post(ask))
        .route("/api/v1/checks/{id}", get(one))
        .route("/api/v1/checks/{id}/report", get(report))
        .route("/api/v1/checks/{id}/report.html", get(report_page))
        .layer(middleware::from_fn_with_state(shared.clone(), admit))
        .with_state(shared)
}

/// An answer that is not what was hoped for.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn refuse(status: StatusCode, why: impl Into<String>) -> Refusal {
    Refusal(status, why.into())
}

async fn admit(With(shared): With<Shared>, request: Request, next: Next) -> Result<Response, Refusal> {
    let Some(token) = &shared.token else { return Ok(next.run(request).await) };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match is_same(given.as_bytes(), token.as_bytes()) {
        true => Ok(next.run(request).await),
        false => Err(refuse(StatusCode::UNAUTHORIZED, "a bearer token is needed")),
    }
}

/// Takes as long whatever the difference: time must not tell how much of a token was right.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

fn shown(check: &Check) -> Value {
    let report = check.verdict.map(|_| format!("/api/v1/checks/{}/report", check.id));
    json!({"id": check.id, "clip": check.clip, "state": check.state, "verdict": check.verdict,
           "error": check.error, "report": report})
}

async fn list(With(shared): With<Shared>) -> Json<Value> {
    Json(Value::Array(shared.store.latest(LISTED).iter().map(shown).collect()))
}

async fn one(With(shared): With<Shared>, Segment(id): Segment<String>) -> Result<Json<Value>, Refusal> {
    Ok(Json(shown(&known(&shared, &id)?)))
}

fn known(shared: &Shared, id: &str) -> Result<Check, Refusal> {
    shared.store.get(id).ok_or_else(|| refuse(StatusCode::NOT_FOUND, "no check has this id"))
}

#[derive(Deserialize)]
struct Upload {
    /// The clip's file name.
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    path: String,
}

async fn ask(
    With(shared): With<Shared>,
    Query(upload): Query<Upload>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let check = match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => by_path(&shared, body).await?,
        // A form or plain text could be sent by any page that a browser here has open.
        "application/octet-stream" => uploaded(&shared, upload.name, body).await?,
        kind if kind.starts_with("video/") => uploaded(&shared, upload.name, body).await?,
        _ => {
            return Err(refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "application/json with a path, or the clip itself as application/octet-stream or video/*",
            ));
        }
    };
    let place = format!("/api/v1/checks/{}", check.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(shown(&check))).into_response())
}

async fn by_path(shared: &Shared, body: Body) -> Result<Check, Refusal> {
    let bytes = axum::body::to_bytes(body, MOST_JSON_BYTES).await;
    let bytes: Bytes = bytes.map_err(|error| refuse(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()))?;
    let asked: Asked =
        serde_json::from_slice(&bytes).map_err(|error| refuse(StatusCode::BAD_REQUEST, error.to_string()))?;
    let file = (shared.locate)(&asked.path)
        .ok_or_else(|| refuse(StatusCode::FORBIDDEN, "the path is no file under an allowed root"))?;
    let file =
        file.to_str().ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "the path is no UTF-8"))?.to_owned();
    let id = shared.store.new_id().map_err(broken)?;
    shared.store.add(id, asked.path, file).map_err(broken)
}

async fn uploaded(shared: &Shared, name: Option<String>, body: Body) -> Result<Check, Refusal> {
    let name = name.filter(|name| is_plain(name)).ok_or_else(|| {
        refuse(StatusCode::BAD_REQUEST, "?name= must be the clip's file name, without a folder")
    })?;
    let id = shared.store.new_id().map_err(broken)?;
    let file = shared.store.folder(&id).join(&name);
    let outcome = received(&file, body, shared.most_bytes).await;
    if let Err(refusal) = outcome {
        // Nothing of it was put in line.
        let _ = std::fs::remove_dir_all(shared.store.folder(&id));
        return Err(refusal);
    }
    let file =
        file.to_str().ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "the name is no UTF-8"))?.to_owned();
    shared.store.add(id, name, file).map_err(broken)
}

fn is_plain(name: &str) -> bool {
    const LONGEST: usize = 200;
    !name.is_empty()
        && name.len() <= LONGEST
        && !name.starts_with('.')
        && name != "check.json"
        && !name.contains(['/', '\\', '\0'])
        && Path::new(name).file_name().is_some_and(|file| file == name)
}

/// Writes an upload down as it comes: it does not fit into memory.
async fn received(file: &Path, body: Body, most_bytes: u64) -> Result<(), Refusal> {
    use http_body_util::BodyExt;
    use tokio::io::AsyncWriteExt;
    let mut body = body;
    let mut out = tokio::fs::File::create_new(file).await.map_err(broken)?;
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| refuse(StatusCode::BAD_REQUEST, error.to_string()))?;
        let Some(piece) = frame.data_ref() else { continue };
        bytes += piece.len() as u64;
        if bytes > most_bytes {
            return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, format!("a clip may have {most_bytes} bytes")));
        }
        out.write_all(piece).await.map_err(broken)?;
    }
    out.sync_all().await.map_err(broken)
}

fn broken(error: std::io::Error) -> Refusal {
    let full = matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
    let status = if full { StatusCode::INSUFFICIENT_STORAGE } else { StatusCode::INTERNAL_SERVER_ERROR };
    refuse(status, error.to_string())
}

async fn report(With(shared): With<Shared>, Segment(id): Segment<String>) -> Result<Response, Refusal> {
    let bytes = written(&shared, &id, "json").await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

async fn report_page(With(shared): With<Shared>, Segment(id): Segment<String>) -> Result<Response, Refusal> {
    Ok(html(written(&shared, &id, "html").await?))
}

async fn written(shared: &Shared, id: &str, ending: &str) -> Result<Vec<u8>, Refusal> {
    let check = known(shared, id)?;
    if check.verdict.is_none() {
        return Err(refuse(StatusCode::CONFLICT, "there is no report yet"));
    }
    let file = shared.store.folder(&check.id).join(format!("{}.report.{ending}", check.name()));
    tokio::fs::read(file).await.map_err(broken)
}

async fn list_page(With(shared): With<Shared>) -> Response {
    html(page::list(&shared.store.latest(LISTED)).into_bytes())
}

fn html(bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_get_plain_names_only() {
        assert!(is_plain("J1_010203_20250314093011_0001.MP4") && is_plain("执法 1.mp4"));
        for name in
            ["", ".", "..", "../a.mp4", "/a.mp4", "a/b.mp4", ".hidden", "check.json", "a\0.mp4", "a\\b.mp4"]
        {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn what_is_described_is_what_is_served() {
        let described: Value = serde_json::from_str(OPENAPI).unwrap();
        let source = include_str!("answers.rs");
        let served = source.lines().filter_map(|line| line.trim().strip_prefix(".route(\"/api"));
        let served: Vec<String> =
            served.map(|rest| format!("/api{}", rest.split('"').next().unwrap())).collect();
        let mut paths: Vec<&String> = described["paths"].as_object().unwrap().keys().collect();
        let mut served: Vec<&String> = served.iter().collect();
        paths.sort();
        served.sort();
        assert_eq!(paths, served);
        // The fields of a check, and no others.
        let check = Check {
            id: String::new(),
            clip: String::new(),
            file: String::new(),
            state: super::super::State::Waiting,
            verdict: None,
            error: None,
        };
        let fields: Vec<String> = shown(&check).as_object().unwrap().keys().cloned().collect();
        let schema = described["components"]["schemas"]["Check"]["properties"].as_object().unwrap();
        assert_eq!(schema.keys().cloned().collect::<Vec<_>>(), fields);
    }
}
