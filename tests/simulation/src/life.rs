//! The lives of the processes: the real driver and the real worker, each as one future.

use crate::canary::Canaries;
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
use baton_shared::Spans;
use baton_shared::id::stable_hash;
use baton_worker::{HttpCaller, Pools, Worker};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

pub(crate) type Ports = Outside<SimStore, SimQueue, SimStore, SimClock>;

/// Partitions of the outcomes.
pub(crate) const PARTITIONS: u16 = 2;

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
    let listened = port.world.lock().plan.listened;
    let spans = spans(port, listened, true);
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
        waiting: inside.plan.waiting,
        spans,
        ..Settings::default().with_partitions(PARTITIONS)
    }
}

/// Where a run is listened to, its spans are read too; those of sagas are counted.
fn spans(port: &Port, listened: bool, of_sagas: bool) -> Spans {
    if !listened {
        return Spans::default();
    }
    let (world, who) = (port.world.clone(), port.who);
    if of_sagas {
        world.lock().books.counted.spans(who, 0);
    }
    let seed = stable_hash(format!("{who:?}").as_bytes());
    Spans::to(seed, move |span| {
        let mut inside = world.lock();
        inside.books.seen("a span", format!("{span:?}").as_bytes());
        if of_sagas {
            inside.books.counted.spans(who, 1);
        }
    })
}

/// One life of a worker, with the real judgement of answers over a simulated network.
pub(crate) fn worker(world: &World, who: Who) -> Task {
    let port = world.port(who);
    let clock = Arc::new(SimClock(port.clone()));
    let network = SimNetwork(port.clone());
    let listened = port.world.lock().plan.listened;
    let spans = spans(&port, listened, false);
    let caller = HttpCaller::over(services().clone(), Canaries, clock.clone(), network);
    let worker = Worker::new(
        Arc::new(SimQueue(port.clone())),
        Arc::new(SimStore(port)),
        Arc::new(caller),
        clock,
        Pools::of(catalogue(), &[]),
    )
    .with_spans(spans);
    let life = async move {
        // As above: no simulated lane can never be had.
        let _ended = worker.run(std::future::pending()).await;
    };
    Task::new(who, true, life)
}
