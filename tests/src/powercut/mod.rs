//! Power cuts of a whole Baton on the embedded store: everything that was not synced is taken away.
//!
//! ```text
//!   clients ──► orchestrator + worker (one process' worth, in a runtime of its own) ──► services
//!                     │ store                                                             │ ledger
//!                  RamDisk ── power goes after N changes, runtime is dropped              │
//!                     └─► what a machine finds afterwards ─► boot again … ── at last: ────┘ judged
//! ```
//!
//! A **life** is one installation: its services, its disk, and some tens of power cuts. At every boot
//! all that was ever answered must be there, and nothing that was over may be open again; in the end
//! each saga has ended as its kind must, and each effect happened once and stands or is undone as
//! that end says. Services outlive the cuts, as services do.

mod book;
mod machine;

use crate::world::{Api, Shop};
use baton_adapters::embedded::RamDisk;
use baton_engine::store::Durability;
use baton_shared::catalogue::Catalogue;
use book::Book;
use machine::Machine;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const ORDER: &str = include_str!("../../../examples/order.yaml");
const FIVE: &str = include_str!("../../data/five.yaml");
/// Cuts of one installation.
pub const LIFE: u64 = 25;
/// The longest a machine runs before its power goes.
const RUN: Duration = Duration::from_millis(1_500);
/// Submissions under way at once.
const CLIENTS: usize = 6;
/// When a refused request is made again.
const AGAIN: Duration = Duration::from_millis(5);
/// How long everything may take to end when the power stays.
const HEALED: Duration = Duration::from_secs(120);

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// So many in all, those of `done` included.
    pub cuts: u64,
    /// Cuts of this seed that were made before: the lives they belong to are left out. A multiple of
    /// [`LIFE`] is left out whole; what is more than that is made again.
    pub done: u64,
    /// Decides when the power goes, and what of the unsynced survives; what the threads did until
    /// then is the machine's.
    pub seed: u64,
    /// [`Durability::Fsync`], unless it shall be shown that losses are noticed.
    pub durability: Durability,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Power cuts, those within an opening of the store included.
    pub cuts: u64,
    /// Of these, cuts while the store was being opened.
    pub while_opening: u64,
    /// Sagas submitted.
    pub sagas: u64,
    /// Effects at the services.
    pub effects: u64,
    /// Orders that were answered, summed over all boots that looked for them.
    pub looked_for: u64,
    /// One sentence each.
    pub violations: Vec<String>,
}

/// Random numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`, which is not 0.
    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

/// Does it; `told` hears what each life came to, as soon as it is over. It ends with the
/// first life in which something is wrong, so what went well before is always a beginning. The answer is the sum of what was done now.
pub fn run(plan: Plan, mut told: impl FnMut(&Report)) -> Report {
    let mut sum = Report::default();
    let mut dice = Dice(plan.seed);
    let lived = plan.done / LIFE;
    for _ in 0..lived {
        dice.roll();
    }
    let mut left = plan.cuts.saturating_sub(lived * LIFE);
    while left > 0 && sum.violations.is_empty() {
        let plan = Plan {
            seed: dice.roll(),
            ..plan
        };
        let mut life = Report::default();
        Life::begin(plan).live(left.min(LIFE), &mut life);
        left -= life.cuts;
        told(&life);
        sum.add(life);
    }
    sum
}

impl Report {
    fn add(&mut self, more: Self) {
        self.cuts += more.cuts;
        self.while_opening += more.while_opening;
        self.sagas += more.sagas;
        self.effects += more.effects;
        self.looked_for += more.looked_for;
        self.violations.extend(more.violations);
    }
}

/// One installation.
struct Life {
    /// Where services and clients are: it outlives every cut.
    outside: Runtime,
    shop: Shop,
    catalogue: Catalogue,
    disk: RamDisk,
    book: Arc<Mutex<Book>>,
    dice: Dice,
    plan: Plan,
}

impl Life {
    fn begin(plan: Plan) -> Self {
        let outside = machine::runtime("outside");
        let shop = outside.block_on(Shop::open());
        let text = std::fs::read_to_string(shop.catalogue()).expect("the catalogue is there");
        Self {
            catalogue: serde_saphyr::from_str(&text).expect("the catalogue reads"),
            outside,
            shop,
            disk: RamDisk::default(),
            book: Arc::default(),
            dice: Dice(plan.seed),
            plan,
        }
    }

    fn live(mut self, cuts: u64, report: &mut Report) {
        for _ in 0..cuts {
            self.once(report);
            report.cuts += 1;
            self.disk = self.disk.after_power_cut(self.dice.roll());
        }
        if let Err(why) = self.heal(report) {
            report
                .violations
                .push(format!("life {:x}: {why}", self.plan.seed));
        }
        let book = lock(&self.book);
        report.sagas += book.len();
        report.looked_for += book.looked();
        let found = book.complaints().iter();
        report
            .violations
            .extend(found.map(|why| format!("life {:x}: {why}", self.plan.seed)));
    }

    /// From one boot to the next cut.
    fn once(&mut self, report: &mut Report) {
        // Small numbers reach the opening, large ones a busy machine.
        let scale = [3, 60, 500, 2_000][self.dice.below(4) as usize];
        self.disk.cut_after(self.dice.below(scale));
        let machine = match Machine::boot(&self.disk, self.plan.durability, &self.catalogue) {
            Ok(machine) => machine,
            Err(why) => {
                report.while_opening += 1;
                lock(&self.book).opening(&why);
                return;
            }
        };
        let (api, book) = (machine.api(), Arc::clone(&self.book));
        let work = self.outside.spawn(async move {
            book::look(&api, &book).await;
            deploy(&api, &book).await;
            let clients = (0..CLIENTS).map(|_| book::order_on(&api, &book));
            futures_util::future::join_all(clients).await;
        });
        let end = Instant::now() + RUN;
        while !machine.in_the_dark() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.disk.cut_after(0);
        // What runs on in the dark must not be believed: the disk says no to all of it.
        std::thread::sleep(Duration::from_micros(self.dice.below(5_000)));
        drop(machine);
        work.abort();
        // Cancelled, or a panic of the clients, which must not pass for quiet.
        if let Err(error) = self.outside.block_on(work)
            && error.is_panic()
        {
            lock(&self.book).complain(format!("a client panicked: {error}"));
        }
    }

    /// The power stays: everything ends, and the ledger is judged.
    fn heal(&mut self, report: &mut Report) -> Result<(), String> {
        self.disk.cut_after(u64::MAX);
        let machine = Machine::boot(&self.disk, self.plan.durability, &self.catalogue)
            .map_err(|why| format!("it does not open in the end: {why}"))?;
        let (api, book, shop) = (machine.api(), &self.book, &self.shop);
        self.outside.block_on(async {
            book::look(&api, book).await;
            deploy(&api, book).await;
            book::order_rest(&api, book).await;
            let end = Instant::now() + HEALED;
            while api.open().await != Some(0) {
                if Instant::now() > end {
                    let open = book::open(&api).await;
                    return Err(format!("not over within {HEALED:?}: {open}"));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let sagas = api.sagas().await.unwrap_or_default();
            let ledger = shop.ledger().await;
            report.effects += ledger.len() as u64;
            lock(book).judge(&sagas, &ledger);
            Ok(())
        })
    }
}

/// Deploys both workflows, however often it takes.
async fn deploy(api: &Api, book: &Mutex<Book>) {
    for source in [ORDER, FIVE] {
        loop {
            let sent = api.call(
                "POST",
                "/v1/workflows",
                "application/yaml",
                source.to_owned(),
            );
            match sent.await {
                Some((200 | 201, _)) => break,
                Some((503 | 429, _)) | None => tokio::time::sleep(AGAIN).await,
                Some((status, body)) => {
                    lock(book).complain(format!("deploying is answered {status} {body}"));
                    break;
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
