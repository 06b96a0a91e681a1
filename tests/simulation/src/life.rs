//! The lives of the processes: the real driver and the real worker, each as one future.

use crate::clock::SimClock;
use crate::library::{Volume, catalogue, services};
use crate::network::SimNetwork;
use crate::queue::SimQueue;
use crate::store::SimStore;
use crate::world::{Port, Who, World};
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::driver::{Shared, drive};
use baton_orchestrator::{Outside, Settings};
use baton_shared::id::stable_hash;
use baton_worker::{HttpCaller, Pools, Secret, Secrets, Worker};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

pub(crate) type Ports = Outside<SimStore, SimQueue, SimStore, SimClock>;

/// Something that is polled: a process, or a request that one of its clients made of it.
pub(crate) struct Task {
    pub(crate) who: Who,
    /// The process itself; its requests die with it.
    pub(crate) main: bool,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    flag: Arc<Flag>,
    waker: Waker,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How polling went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Polled {
    Pending,
    Over,
    Panicked,
}

impl Task {
    pub(crate) fn new(
        who: Who,
        main: bool,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        Self {
            who,
            main,
            future: Box::pin(future),
            waker: Waker::from(flag.clone()),
            flag,
        }
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.flag.0.load(Ordering::Relaxed)
    }

    pub(crate) fn poll(&mut self) -> Polled {
        self.flag.0.store(false, Ordering::Relaxed);
        let mut context = Context::from_waker(&self.waker);
        let future = self.future.as_mut();
        match catch_unwind(AssertUnwindSafe(|| future.poll(&mut context))) {
            Ok(Poll::Pending) => Polled::Pending,
            Ok(Poll::Ready(())) => Polled::Over,
            Err(_) => Polled::Panicked,
        }
    }
}

/// One life of an orchestrator: its desk, and the driver behind it.
pub(crate) fn orchestrator(
    world: &World,
    who: Who,
    seed: u64,
    known: &[Arc<Volume>],
) -> (Arc<Desk<Ports>>, Task) {
    let port = world.port(who);
    let settings = settings(&port, seed);
    let cold = port.world.lock().plan.cold;
    let ports = Arc::new(Outside {
        store: SimStore(port.clone()),
        queue: SimQueue(port.clone()),
        records: SimStore(port.clone()),
        clock: SimClock(port),
    });
    let definitions = Definitions::new(ports.clone(), catalogue().clone());
    if !cold {
        for volume in known {
            definitions.know(volume.workflow.clone());
        }
    }
    let shared = Arc::new(Shared::new(ports, definitions, settings));
    let (desk, requests) = Desk::new(shared.clone());
    let driver = async move {
        let never = std::future::pending();
        // Ends only where the queue can never be had, which no simulated one says.
        let _ended = drive(&shared, requests, never).await;
    };
    (Arc::new(desk), Task::new(who, true, driver))
}

fn settings(port: &Port, seed: u64) -> Settings {
    let inside = port.world.lock();
    let name = format!("{seed}/{}/{}", port.who.process, port.who.life);
    let retention = if inside.plan.forgets {
        Duration::from_secs(3_600)
    } else {
        Settings::default().retention
    };
    Settings {
        retention,
        seed: stable_hash(name.as_bytes()),
        poll: Duration::from_millis(inside.plan.poll_ms),
        cache: inside.plan.cache,
        ..Settings::default().with_partitions(2)
    }
}

/// Services here ask for no credentials.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}

/// One life of a worker, with the real judgement of answers over a simulated network.
pub(crate) fn worker(world: &World, who: Who) -> Task {
    let port = world.port(who);
    let clock = Arc::new(SimClock(port.clone()));
    let network = SimNetwork(port.clone());
    let caller = HttpCaller::over(services().clone(), NoSecrets, clock.clone(), network);
    let worker = Worker::new(
        Arc::new(SimQueue(port.clone())),
        Arc::new(SimStore(port)),
        Arc::new(caller),
        clock,
        Pools::of(catalogue(), &[]),
    );
    let life = async move {
        // As above: no simulated lane can never be had.
        let _ended = worker.run(std::future::pending()).await;
    };
    Task::new(who, true, life)
}
