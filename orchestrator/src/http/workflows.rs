//! `/v1/workflows`: deploy and list.

use super::problem::{Problem, shown};
use super::schema;
use super::take::{Asked, Text, parse};
use super::{Api, Nothing};
use crate::outside::Ports;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// A workflow in JSON's clothes; the source itself may also be sent as `application/yaml`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// The YAML text.
    source: String,
}

/// A deployed workflow.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deployed {
    /// `namespace/name`
    name: String,
    version: String,
    /// Diagnostics that are no errors.
    #[schema(value_type = Vec<schema::Diagnostic>)]
    warnings: Vec<Value>,
}

/// Every version of every workflow.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Workflows {
    /// By name, the latest version first.
    workflows: Vec<Listed>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    /// `namespace/name`
    name: String,
    version: String,
    title: Option<String>,
    deployed_at: String,
}

/// Deploys a workflow. A deployed version never changes; the same text again is fine.
#[utoipa::path(post, path = "/v1/workflows", tag = "workflows",
    request_body(content((String = "application/yaml"), (Source = "application/json"))),
    responses(
        (status = 201, description = "deployed", body = Deployed),
        (status = 200, description = "this text was deployed before", body = Deployed),
        (status = "default", description = "a problem: 409 for another text under this version, \
         422 with `diagnostics`", body = schema::Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn deploy<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Asked(Nothing {}): Asked<Nothing>,
    text: Text,
) -> Result<Response, Problem> {
    let source = match text {
        Text::Yaml(source) => source,
        Text::Json(text) => parse::<Source>(&text)?.source,
    };
    let accepted = api.desk.shared.definitions.deploy(&source).await?;
    let deployed = Deployed {
        name: accepted.workflow.name.to_string(),
        version: accepted.workflow.version.clone(),
        warnings: accepted.warnings.iter().map(shown).collect(),
    };
    let status = if accepted.new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, axum::Json(deployed)).into_response())
}

/// Lists the deployed workflows.
#[utoipa::path(get, path = "/v1/workflows", operation_id = "list_workflows", tag = "workflows",
    responses(
        (status = 200, description = "all of them", body = Workflows),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn list<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<axum::Json<Workflows>, Problem> {
    let listed = api.desk.shared.definitions.list().await?;
    let workflows = listed.into_iter().map(|listed| Listed {
        name: listed.name,
        version: listed.version,
        title: listed.title,
        deployed_at: listed.deployed_at.rfc3339(),
    });
    Ok(axum::Json(Workflows {
        workflows: workflows.collect(),
    }))
}
