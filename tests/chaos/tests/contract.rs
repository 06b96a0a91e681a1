//! The ledger's honest manners keep the laws of the contract with services, as far as they claim to: what
//! judges Baton is a service that Baton may rely on.

use baton_ledger::manner::{HONEST, Manner};
use baton_ledger::record::{self, Effect};
use baton_ledger::server;
use baton_ledger::weather::Weather;
use baton_tests::contract::service::{self, Answer, Asks, Keeps, Service};
use baton_tests::world::Api;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

const FILE: &str = "ledger.jsonl";

/// One manner of a ledger of its own.
struct Ledger {
    api: Api,
    manner: Manner,
    folder: TempDir,
}

impl Ledger {
    async fn start(manner: Manner) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        // What is not sure is refused when it comes for the first time, and only then.
        let weather = Weather {
            rejected: 1000,
            stubborn: 1,
            ..Weather::default()
        };
        let file = folder.path().join(FILE);
        let service = server::Service::open(&file, 1, weather, at.port()).expect("a new file");
        tokio::spawn(service.serve(listener));
        Self {
            api: Api::new(format!("http://{at}")),
            manner,
            folder,
        }
    }
}

impl Service for Ledger {
    async fn call(&self, key: &str, asks: Asks<'_>) -> Answer {
        let (operation, body) = match asks {
            Asks::Step(order) => ("sure", json!({ "orderId": order })),
            Asks::Refused => ("do", json!({})),
            Asks::Undo(_) => ("undo", json!({})),
        };
        let path = format!("/{}/{operation}", self.manner.word());
        let headers = service::headers(key, asks);
        let answer = self.api.post_with(&path, &headers, &body).await;
        answer.expect("the ledger answers")
    }

    async fn standing(&self, key: &str) -> u64 {
        // A line is in the file before its call is answered.
        let lines = record::read(&self.folder.path().join(FILE)).expect("the file reads");
        lines.iter().fold(0, |standing, line| match line.effect {
            Effect::Applied if line.key == key => standing + 1,
            Effect::Twice if line.key == key => standing + 2,
            Effect::Undone if line.compensates.as_deref() == Some(key) => 0,
            _ => standing,
        })
    }
}

#[tokio::test]
async fn honest_manners() {
    let honest = HONEST.iter().filter(|(manner, _)| manner.honours_keys());
    for (manner, word) in honest {
        eprintln!("manner: {word}");
        let keeps = Keeps {
            // It tells bodies apart only in its file: Baton, which it judges, must not send two.
            bodies: false,
            tombstones: manner.keeps_tombstones(),
            rejections: *manner == Manner::Final,
        };
        service::exercise(keeps, async || Ledger::start(*manner).await).await;
    }
}
