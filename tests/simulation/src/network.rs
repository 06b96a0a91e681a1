//! The way to the services: the worker's port `Carrier`, over a network that loses and delays.

use crate::fault::Fault;
use crate::service::Call;
use crate::world::{Act, BEGIN, Inside, Port};
use baton_shared::SagaId;
use baton_worker::classify::{Answer, Came};
use baton_worker::exchange::{Carrier, Ready};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use std::pin::pin;

/// The network, as one worker sees it.
#[derive(Clone)]
pub struct SimNetwork(pub Port);

impl Carrier for SimNetwork {
    async fn make(&self, ready: Ready, time_up: impl Future<Output = ()> + Send) -> Came {
        let call = read(&ready);
        let credentials = ready.headers.get(header::AUTHORIZATION);
        let credentials = credentials.and_then(|value| value.to_str().ok());
        let _under_way = UnderWay::begin(&self.0, &call, credentials);
        let asked = self
            .0
            .ask(Act::Call, move |inside, fault| inside.serve(&call, fault));
        match select(pin!(asked), pin!(time_up)).await {
            Either::Left((came, _)) => came,
            Either::Right(((), _)) => Came::TimedOut { status: None },
        }
    }
}

/// A call that a worker has under way, as the judges know it.
struct UnderWay {
    port: Port,
    call: Call,
}

impl UnderWay {
    fn begin(port: &Port, call: &Call, credentials: Option<&str>) -> Self {
        let mut inside = port.world.lock();
        let clock = inside.clock_of(port.who.process);
        inside.books.begins(port.who, call, clock, credentials);
        drop(inside);
        Self {
            port: port.clone(),
            call: call.clone(),
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut inside = self.port.world.lock();
        inside.books.hands.ends(self.port.who, &self.call);
    }
}

fn read(ready: &Ready) -> Call {
    let text = |name: &str| {
        let value = ready.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let host = ready.uri.host().unwrap_or_default();
    Call {
        service: host.split('.').next().unwrap_or_default().to_owned(),
        method: ready.method.to_string(),
        path: ready.uri.path().to_owned(),
        query: ready.uri.query().unwrap_or_default().to_owned(),
        body: ready.body.to_vec(),
        key: text("idempotency-key").unwrap_or_default(),
        saga: text("baton-saga").unwrap_or_default(),
        step: text("baton-step").unwrap_or_default(),
        attempt: text("baton-attempt")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0),
        compensates: text("baton-compensates"),
    }
}

impl Inside {
    /// The request arrives, or does not. `None`: no answer will ever come.
    fn serve(&mut self, call: &Call, fault: Option<Fault>) -> Option<Came> {
        self.books.called(call);
        match fault {
            None | Some(Fault::SlowAnswer) => {
                let status = self.carry_out(call);
                Some(answer(status, call))
            }
            Some(Fault::NotSent) => Some(Came::NotSent {
                why: "simulated".to_owned(),
            }),
            Some(Fault::DoneSilently) => {
                self.carry_out(call);
                None
            }
            Some(Fault::DoneLate) => {
                let late = self.dice.pick(&[2_000, 12_000, 60_000, 400_000]);
                let call = call.clone();
                self.late += 1;
                self.after(late, move |inside| {
                    inside.late -= 1;
                    inside.carry_out_late(&call);
                });
                None
            }
            Some(Fault::ErrorDone) => {
                self.carry_out(call);
                Some(plain(self.dice.pick(&[500, 502, 504])))
            }
            Some(Fault::ErrorNotDone) => Some(plain(self.dice.pick(&[500, 503, 408]))),
            Some(Fault::Refused) => {
                let status = self.dice.pick(&[400, 409, 422]);
                self.says(Fault::Refused, call);
                let status = self.services.refuse(call, status);
                Some(answer(status, call))
            }
            Some(Fault::Gone) => {
                let status = self.dice.pick(&[404, 410]);
                self.says(Fault::Gone, call);
                let status = self.services.gone(call, status, self.now);
                Some(answer(status, call))
            }
            Some(Fault::Busy) => Some(self.busy()),
            Some(Fault::WrongBody) => {
                let status = self.carry_out(call);
                Some(self.garbled(status, &call.key))
            }
            Some(_) => None,
        }
    }

    /// What a service would say, counted unless it says again what it said before.
    fn says(&mut self, fault: Fault, call: &Call) {
        if !self.services.keeps(call) {
            self.plan.note(fault);
        }
    }

    /// What nobody waits for any more. The worst of it is a call that lands where it is undone already.
    fn carry_out_late(&mut self, call: &Call) {
        self.plan.note(Fault::DoneLate);
        let (undone, kept) = (self.is_undone(call), self.services.keeps(call));
        let status = self.carry_out(call);
        if !undone || kept || call.only_looks() {
            return;
        }
        self.plan.note(match status {
            ..400 => Fault::LandsAfterUndo,
            _ => Fault::RefusedAfterUndo,
        });
    }

    /// Whether the undoing of what this call does has begun: in the journal, or at its service.
    fn is_undone(&self, call: &Call) -> bool {
        let story = call.saga.parse().ok();
        let story = story.and_then(|saga: SagaId| self.books.stories.get(&saga));
        let begun = story.is_some_and(|story| story.undoes(&call.key));
        call.compensates.is_none() && (begun || self.services.undone_at(&call.key).is_some())
    }

    fn carry_out(&mut self, call: &Call) -> u16 {
        let now = self.now;
        let status = self.services.done(call, now);
        self.trace.mix(u64::from(status));
        self.books.served(call, status);
        self.trace.tell(now - BEGIN, || {
            let undo = call.compensates.as_deref().unwrap_or("-");
            let (service, key, attempt) = (&call.service, &call.key, call.attempt);
            format!("  {service} does {key} (attempt {attempt}, undoes {undo}): {status}")
        });
        status
    }

    fn busy(&mut self) -> Came {
        let Came::Answer(mut busy) = plain(429) else {
            unreachable!("a plain answer is an answer");
        };
        let text = self.dice.pick(&["", "1", "3", "20", "soon"]);
        if !text.is_empty() {
            busy.status = self.dice.pick(&[429, 503]);
            busy.headers
                .insert(header::RETRY_AFTER, HeaderValue::from_static(text));
        }
        Came::Answer(busy)
    }

    /// The effect is there, and the answer proves nothing.
    fn garbled(&mut self, status: u16, key: &str) -> Came {
        match self.dice.below(4) {
            0 => Came::Lost {
                status: Some(status),
                why: "the answer broke off".to_owned(),
            },
            1 => Came::TooLarge { status, limit: 1 },
            2 => with_body(status, "text/html", format!("<html>{key}</html>")),
            _ => with_body(status, "application/json", "{\"key\":".to_owned()),
        }
    }
}

fn with_body(status: u16, media: &'static str, body: String) -> Came {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    Came::Answer(Answer {
        status,
        headers,
        body: Bytes::from(body),
    })
}

fn plain(status: u16) -> Came {
    with_body(status, "text/plain", String::new())
}

/// The forward key that an answer of ours speaks of.
pub fn key_in(output: &Value) -> Option<&str> {
    let text = output.as_str();
    let page = text.and_then(|text| text.strip_prefix("<html>")?.strip_suffix("</html>"));
    page.or_else(|| output["key"].as_str())
}

/// A body that fits every schema of the catalogue.
fn answer(status: u16, call: &Call) -> Came {
    if status >= 400 {
        return plain(status);
    }
    let key = &call.key;
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let body = format!(
        r#"{{"key":"{key}","score":20,"reservationId":"r","authorizationId":"a","captureId":"c","shipmentId":"s","dispatchId":"d"}}"#
    );
    Came::Answer(Answer {
        status,
        headers,
        body: Bytes::from(body),
    })
}
