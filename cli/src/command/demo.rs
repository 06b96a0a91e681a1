//! `baton demo`: a few sagas, told as a story.
//!
//! ```text
//!   composition (server, worker, example services in one process)
//!        │ a Session for its API
//!        ▼
//!   story ─► for each act: a title, the live tree, whether it ended as announced ─► summary
//! ```
//!
//! The story only needs an API, and so does not care what Baton stands on.

mod story;

use super::member;
use crate::args::Connection;
use crate::client::Path;
use crate::compose::{self, Parts};
use crate::failure::{Exit, Failure};
use crate::follow::{self, Show, Until};
use crate::render::line::{self, Line};
use crate::render::{Look, count, status_style, status_word, style, tree};
use crate::session::Session;
use baton_adapters::{amqp, embedded, redis};
use baton_engine::saga::Status;
use baton_engine::saga::view::{SagaView, StepKind, StepStatus};
use baton_engine::store::Store;
use baton_orchestrator::Settings;
use baton_shared::port::{Queue, Records};
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Watch orders succeed, fail and be undone
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton demo\n\nNeeds nothing, and leaves nothing behind.")]
pub struct Args {
    /// Leave it running afterwards, to look around
    #[arg(long)]
    pub keep: bool,
    /// Use this broker instead of the embedded queue
    #[arg(long, value_name = "URL", requires = "redis")]
    pub rabbitmq: Option<String>,
    /// Use this Redis or Valkey instead of the embedded store
    #[arg(long, value_name = "URL", requires = "rabbitmq")]
    pub redis: Option<String>,
}

/// Starts everything, tells the story, stops everything.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    match (&args.rabbitmq, &args.redis) {
        (Some(rabbitmq), Some(redis)) => {
            let wrong = |error: String| Failure::System(error);
            let settings = amqp::Settings {
                url: rabbitmq.clone(),
                ..amqp::Settings::default()
            };
            let queue = amqp::connect(settings)
                .await
                .map_err(|e| wrong(e.to_string()))?;
            let settings = redis::Settings {
                url: redis.clone(),
                ..redis::Settings::default()
            };
            let store = redis::connect(settings)
                .await
                .map_err(|e| wrong(e.to_string()))?;
            let queue = Arc::new(queue);
            let played = play(args, session, store, queue.clone()).await;
            // The broker is the user's: nothing of the story is to come again there.
            queue.close().await;
            played
        }
        _ => {
            let folder = tempfile::tempdir()
                .map_err(|error| Failure::System(format!("no temporary folder: {error}")))?;
            let settings = embedded::Settings::default();
            let store = embedded::Store::open(folder.path(), settings)
                .map_err(|error| Failure::System(error.to_string()))?;
            play(args, session, store, embedded::Queue::default()).await
        }
    }
}

/// Composes server, worker and services on these adapters, and plays the story.
async fn play<S, Q>(args: &Args, session: &Session, store: S, queue: Q) -> Result<Exit, Failure>
where
    S: Store + Records + Clone,
    Q: Queue + Clone,
{
    let (services, services_at) = listen().await?;
    let (listener, api_at) = listen().await?;
    let (halt, halted) = tokio::sync::oneshot::channel::<()>();
    let stop = compose::stop(async move { drop(halted.await) });
    let catalogue = story::catalogue(services_at);
    let settings = Settings::default();
    let parts = Parts {
        store,
        queue,
        catalogue,
        listener,
        settings,
        secrets: None,
    };
    let serving = compose::serve(parts, stop.clone());
    let playing = baton_example_services::serve(services, stop)
        .map(|served| served.map_err(|error| Failure::System(format!("the services: {error}"))));
    let telling = async {
        let connection = Connection {
            api: format!("http://{api_at}"),
            ..Connection::default()
        };
        let here = Session::new(&connection, session.screen)?;
        let told = story::tell_all(&here, services_at, args.redis.is_some()).await;
        if args.keep && told.is_ok() {
            let note = format!(
                "Baton is at http://{api_at}, the services at http://{services_at}. Ctrl-C stops all."
            );
            session.screen.note(&note);
            if let Ok(stop) = baton_adapters::stop::signalled() {
                stop.await;
            }
        }
        drop(halt);
        told
    };
    let (told, ..) = futures_util::try_join!(telling, serving, playing)?;
    Ok(if told { Exit::Ok } else { Exit::Refused })
}

async fn listen() -> Result<(TcpListener, SocketAddr), Failure> {
    let wrong =
        |error: std::io::Error| Failure::System(format!("cannot listen on loopback: {error}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(wrong)?;
    let at = listener.local_addr().map_err(wrong)?;
    Ok((listener, at))
}

/// One saga of the story.
#[derive(Clone, Debug)]
pub struct Act {
    /// What is about to be seen, in a sentence.
    pub title: &'static str,
    /// `namespace/name`, deployed already.
    pub workflow: &'static str,
    pub id: String,
    pub input: Value,
}

/// How long one act may take: a demo that hangs says so.
const ACT: Duration = Duration::from_secs(60);

/// Plays one act: its title, then the tree until it ends or needs a person.
pub async fn tell(session: &Session, act: &Act) -> Result<SagaView, Failure> {
    let title = Line::of(style::STRONG, act.title).paint(session.screen.color);
    session.screen.print(&format!("\n{title}\n\n"))?;
    let body = json!({ "workflow": act.workflow, "id": act.id, "input": act.input });
    let answer = session.client.post(&Path::of(&["sagas"]), &body).await?;
    watch(session, &member(&answer.body, "id")).await
}

/// Shows a saga until it ends or needs a person.
pub async fn watch(session: &Session, id: &str) -> Result<SagaView, Failure> {
    let live = session.screen.live;
    let show = if live { Show::Live } else { Show::Nothing };
    let until = Until {
        deadline: Some(follow::deadline(ACT)),
        suspended: true,
        accepted: true,
        patience: follow::PATIENCE,
    };
    let seen = follow::follow(session, id, show, until).await?;
    if !live {
        let text = tree::tree(&seen.view, &session.screen.look());
        session.screen.print(&text)?;
    }
    Ok(seen.view)
}

/// What was seen, in numbers, and what to type next.
pub fn summary(views: &[SagaView], look: &Look) -> String {
    let steps = || views.iter().flat_map(|view| &view.steps);
    let calls: usize = steps().map(|step| step.attempts.len()).sum();
    let undone = steps()
        .filter(|step| step.kind == StepKind::Compensation && step.status == StepStatus::Succeeded)
        .count();
    let mut first = Line::of(style::STRONG, count(views.len(), "saga"));
    let mut mark = ": ";
    for status in [
        Status::Completed,
        Status::Compensated,
        Status::Faulted,
        Status::Cancelled,
        Status::Suspended,
    ] {
        let number = views.iter().filter(|view| view.status == status).count();
        if number > 0 {
            let word = status_word(status);
            first.push(style::PLAIN, mark);
            first.push(status_style(word), format!("{number} {word}"));
            mark = ", ";
        }
    }
    let second = format!("{}, {} undone", count(calls, "call"), count(undone, "step"));
    let mut lines = vec![first, Line::of(style::PLAIN, second), Line::default()];
    let next = [
        (
            "baton dev --workflows DIR --services FILE",
            "your own workflows",
        ),
        ("baton check FILE", "what is wrong with one"),
        ("baton --help", "everything else"),
    ];
    for (command, why) in next {
        let mut line = Line::of(style::PLAIN, format!("  {command}"));
        line.pad(46);
        line.push(style::DIM, why);
        lines.push(line);
    }
    line::text(&lines, look.color)
}
