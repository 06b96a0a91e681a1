//! The demo's acts: the example workflows, with the inputs that make each thing happen.

use super::{Act, summary, tell, watch};
use crate::client::Path;
use crate::command::deploy;
use crate::failure::Failure;
use crate::render::line::Line;
use crate::render::style;
use crate::session::Session;
use crate::terminal;
use baton_adapters::config;
use baton_engine::saga::Status;
use baton_engine::saga::view::{DeadLetter, SagaView, StepKind, StepStatus};
use baton_shared::catalogue::Catalogue;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CATALOGUE: &str = include_str!("../../../../examples/services.yaml");
const WORKFLOWS: [(&str, &str); 2] = [
    (
        "order.yaml",
        include_str!("../../../../examples/order.yaml"),
    ),
    (
        "order-parallel.yaml",
        include_str!("../../../../examples/order-parallel.yaml"),
    ),
];

/// Where the example catalogue expects the services.
const WRITTEN: &str = "127.0.0.1:7071";

/// An act with how it is announced to end.
struct Announced {
    name: &'static str,
    title: &'static str,
    workflow: &'static str,
    input: &'static str,
    ends: Status,
    /// What must be seen besides the status.
    seen: fn(&SagaView) -> bool,
}

const ACTS: [Announced; 6] = [
    Announced {
        name: "success",
        title: "1. An order goes through.",
        workflow: "shop/order",
        input: include_str!("../../../../examples/inputs/success.json"),
        ends: Status::Completed,
        seen: |view| undone(view) == 0,
    },
    Announced {
        name: "retried",
        title: "2. Two services are busy at first. Each call is retried, with the same key.",
        workflow: "shop/order",
        input: include_str!("../../../../examples/inputs/retried.json"),
        ends: Status::Completed,
        seen: |view| view.steps.iter().any(|step| step.attempts.len() > 1),
    },
    Announced {
        name: "rejected",
        title: "3. The carrier refuses. What was done is undone, last first.",
        workflow: "shop/order",
        input: include_str!("../../../../examples/inputs/rejected.json"),
        ends: Status::Compensated,
        seen: |view| undone(view) == 3,
    },
    Announced {
        name: "timeout",
        title: "4. The carrier's answer never comes, but the booking was made. It is undone too.",
        workflow: "shop/order",
        input: include_str!("../../../../examples/inputs/timeout.json"),
        ends: Status::Compensated,
        seen: |view| {
            let unknown = |status| status == StepStatus::Unknown;
            undone(view) == 3 && view.steps.iter().any(|step| unknown(step.status))
        },
    },
    Announced {
        name: "parallel",
        title: "5. Three branches side by side.",
        workflow: "shop/order-parallel",
        input: include_str!("../../../../examples/inputs/parallel.json"),
        ends: Status::Completed,
        seen: |view| view.steps.iter().any(|step| !step.within.is_empty()),
    },
    Announced {
        name: "dead-letter",
        title: "6. Voiding the payment fails. Nothing is dropped: a dead letter waits for a person.",
        workflow: "shop/order",
        input: include_str!("../../../../examples/inputs/dead-letter.json"),
        ends: Status::Suspended,
        seen: |view| view.dead_letters().len() == 1,
    },
];

/// Compensations that ended well.
fn undone(view: &SagaView) -> usize {
    let well = |step: &&baton_engine::saga::view::StepView| {
        step.kind == StepKind::Compensation && step.status == StepStatus::Succeeded
    };
    view.steps.iter().filter(well).count()
}

/// The example catalogue, with the services where they really are.
pub(super) fn catalogue(services: SocketAddr) -> Catalogue {
    let mut catalogue =
        config::catalogue_of("services.yaml", CATALOGUE).expect("the example catalogue is tested");
    for service in catalogue.services.values_mut() {
        service.url = service.url.replace(WRITTEN, &services.to_string());
    }
    catalogue
}

/// Tells every act; whether each ended as announced. On a store that others use too the ids get an
/// ending of their own.
pub(super) async fn tell_all(
    session: &Session,
    services: SocketAddr,
    own_ids: bool,
) -> Result<bool, Failure> {
    for (file, source) in WORKFLOWS {
        deploy::one(session, file, source).await?;
    }
    let ending = if own_ids {
        format!("-{}", terminal::now().0)
    } else {
        String::new()
    };
    let (mut views, mut surprises) = (Vec::new(), Vec::new());
    for announced in &ACTS {
        let act = Act {
            title: announced.title,
            workflow: announced.workflow,
            id: format!("{}{ending}", announced.name),
            input: serde_json::from_str(announced.input).expect("the example inputs are tested"),
        };
        let view = tell(session, &act).await?;
        if view.status != announced.ends || !(announced.seen)(&view) {
            surprises.push(announced.name);
        }
        views.push(view);
    }
    let repaired = repair(session, services, &views).await?;
    if repaired.status != Status::Compensated {
        surprises.push("dead-letter");
    }
    views.pop();
    views.push(repaired);
    let look = session.screen.look();
    session
        .screen
        .print(&format!("\n{}", summary(&views, &look)))?;
    for name in &surprises {
        let told = format!("`{name}` did not end as announced");
        session.screen.complain(&session.screen.error_line(&told));
    }
    Ok(surprises.is_empty())
}

/// The service is mended, the dead letter retried, and the saga ends.
async fn repair(
    session: &Session,
    services: SocketAddr,
    views: &[SagaView],
) -> Result<SagaView, Failure> {
    let view = views.last().expect("there are acts");
    let letters: Vec<DeadLetter> = view.dead_letters();
    let Some(letter) = letters.first() else {
        return Ok(view.clone());
    };
    heal(services).await?;
    let mut told = Line::of(
        style::STRONG,
        "7. The service is mended, and a person types:",
    );
    told.push(style::PLAIN, format!("  baton dlq retry {}", letter.id));
    session
        .screen
        .print(&format!("\n{}\n\n", told.paint(session.screen.color)))?;
    let step = letter.step.clone().unwrap_or_default();
    let path = Path::of(&["dead-letters", view.id.as_str(), &step, "retry"]);
    session
        .client
        .post(&path, &Value::Object(serde_json::Map::new()))
        .await?;
    watch(session, view.id.as_str()).await
}

/// `POST /admin/heal` at the example services: from now on they do what they refused.
async fn heal(services: SocketAddr) -> Result<(), Failure> {
    let wrong = |error: std::io::Error| Failure::System(format!("the example services: {error}"));
    let mut stream = TcpStream::connect(services).await.map_err(wrong)?;
    let request = format!(
        "POST /admin/heal HTTP/1.1\r\nHost: {services}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.map_err(wrong)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map_err(wrong)?;
    match answer.starts_with(b"HTTP/1.1 2") {
        true => Ok(()),
        false => Err(Failure::System(
            "the example services refuse to heal".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_engine::language::{self, Severity};
    use serde_json::json;

    #[test]
    fn the_examples_read_and_have_no_faults() {
        let catalogue = catalogue("127.0.0.1:1".parse().expect("an address"));
        assert_eq!(catalogue.faults(), Vec::<String>::new());
        for (file, source) in WORKFLOWS {
            let (_, found) = language::read(source, &catalogue);
            let wrong: Vec<_> = found
                .iter()
                .filter(|f| f.severity == Severity::Error)
                .collect();
            assert!(wrong.is_empty(), "{file}: {wrong:?}");
        }
        for act in &ACTS {
            let input: Value = serde_json::from_str(act.input).expect(act.name);
            assert_ne!(input, json!({}), "{}", act.name);
        }
    }
}
