//! What the clients know: which sagas they asked for, what they were answered, and what must have
//! come of each.

use super::{AGAIN, lock};
use crate::world::Api;
use baton_shared::port::StoreError;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A saga's course, which its input decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// Every service agrees.
    Success,
    /// Every service is busy twice, then agrees.
    Flaky,
    /// The shipper refuses: two steps are undone.
    Rejected,
    /// The card is declined: one step is undone.
    Declined,
    /// With a pause of two seconds in the middle.
    Rested,
}

const COURSES: [Course; 6] = [
    Course::Success,
    Course::Rejected,
    Course::Flaky,
    Course::Success,
    Course::Declined,
    Course::Rested,
];

struct Order {
    course: Course,
    /// Its submission was answered: from now on it is there.
    answered: bool,
    /// Seen over, with this status.
    over: Option<String>,
}

/// Every order of one life.
#[derive(Default)]
pub(super) struct Book {
    orders: BTreeMap<String, Order>,
    /// Orders that were found again, summed over all looks.
    looked: u64,
    complaints: Vec<String>,
}

impl Course {
    fn workflow(self) -> &'static str {
        if self == Self::Rested {
            "test/five"
        } else {
            "shop/order"
        }
    }

    fn input(self, id: &str) -> Value {
        let customer = if self == Self::Flaky { "flaky" } else { "ada" };
        let address = if self == Self::Rejected {
            "Atlantis"
        } else {
            "Harbour 1"
        };
        let card = if self == Self::Declined {
            "declined"
        } else {
            "good"
        };
        json!({
            "orderId": id, "customerId": customer, "address": address, "card": card, "total": 42,
            "items": [{ "sku": "lamp", "count": 1 }],
        })
    }

    fn status(self) -> &'static str {
        match self {
            Self::Success | Self::Flaky | Self::Rested => "completed",
            Self::Rejected | Self::Declined => "compensated",
        }
    }

    /// Each effect that must be there, and whether it is undone, sorted.
    fn effects(self) -> Vec<(&'static str, bool)> {
        let (book, pay) = (("shipping.book", false), ("payments.authorize", false));
        let (stock, send) = (("inventory.reserve", false), ("notifications.send", false));
        match self {
            Self::Success | Self::Flaky => vec![stock, send, pay, book],
            Self::Rested => vec![stock, send, send, pay, book],
            Self::Rejected => vec![(stock.0, true), send, (pay.0, true)],
            Self::Declined => vec![(stock.0, true), send],
        }
    }
}

impl Book {
    pub(super) fn len(&self) -> u64 {
        self.orders.len() as u64
    }

    pub(super) fn looked(&self) -> u64 {
        self.looked
    }

    pub(super) fn complaints(&self) -> &[String] {
        &self.complaints
    }

    pub(super) fn complain(&mut self, why: String) {
        self.complaints.push(why);
    }

    /// The store did not open: the power may have gone meanwhile, and nothing else.
    pub(super) fn opening(&mut self, why: &StoreError) {
        if !matches!(why, StoreError::Unavailable(_)) {
            self.complain(format!("after a power cut it does not open: {why}"));
        }
    }

    /// A new order's id, course and input.
    fn new_order(&mut self) -> (String, Course) {
        let nth = self.orders.len();
        let (id, course) = (format!("order-{nth}"), COURSES[nth % COURSES.len()]);
        let order = Order {
            course,
            answered: false,
            over: None,
        };
        self.orders.insert(id.clone(), order);
        (id, course)
    }

    fn answered(&mut self, id: &str) {
        if let Some(order) = self.orders.get_mut(id) {
            order.answered = true;
        }
    }

    fn unanswered(&self) -> Vec<(String, Course)> {
        let open = self.orders.iter().filter(|(_, order)| !order.answered);
        open.map(|(id, order)| (id.clone(), order.course)).collect()
    }

    /// Compares what the API lists with what was answered, and what was over.
    fn compare(&mut self, sagas: &[(String, String)]) {
        let listed: BTreeMap<_, _> = sagas.iter().map(|(id, status)| (id, status)).collect();
        for (id, order) in &mut self.orders {
            let Some(status) = listed.get(id) else {
                if order.answered {
                    self.complaints
                        .push(format!("{id} was answered and is lost"));
                }
                continue;
            };
            self.looked += 1;
            let was = order.over.as_ref();
            if let Some(was) = was.filter(|was| was != status) {
                self.complaints
                    .push(format!("{id} was {was} and is {status}"));
            }
            if over(status) {
                order.over = Some((*status).clone());
            }
        }
    }

    /// When everything is over: statuses and effects of all orders.
    pub(super) fn judge(&mut self, sagas: &[(String, String)], ledger: &[Value]) {
        self.compare(sagas);
        let mut effects: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
        for effect in ledger {
            let text = |name: &str| effect[name].as_str().unwrap_or_default();
            if effect["times"] != 1 {
                self.complaints.push(format!("not once: {effect}"));
            }
            let undone = effect["undone"] == true;
            effects
                .entry(text("saga"))
                .or_default()
                .push((text("what"), undone));
        }
        for (id, order) in &self.orders {
            let course = order.course;
            if order.over.as_deref() != Some(course.status()) {
                let found = &order.over;
                self.complaints
                    .push(format!("{id} ({course:?}) ended as {found:?}"));
            }
            let mut found = effects.remove(id.as_str()).unwrap_or_default();
            let mut wanted = course.effects();
            found.sort_unstable();
            wanted.sort_unstable();
            if found != wanted {
                self.complaints
                    .push(format!("{id} ({course:?}) has the effects {found:?}"));
            }
        }
        for saga in effects.keys() {
            self.complaints
                .push(format!("effects of {saga}, which nobody ordered"));
        }
    }
}

fn over(status: &str) -> bool {
    matches!(
        status,
        "completed" | "compensated" | "faulted" | "cancelled"
    )
}

/// Looks for all that was answered.
pub(super) async fn look(api: &Api, book: &Mutex<Book>) {
    // Listing needs no disk, so that it works in the dark as well.
    if let Some(sagas) = api.sagas().await {
        lock(book).compare(&sagas);
    }
}

/// Orders one saga after the other for ever; first what nobody answered before.
pub(super) async fn order_on(api: &Api, book: &Mutex<Book>) {
    order_rest(api, book).await;
    loop {
        let (id, course) = lock(book).new_order();
        order(api, book, &id, course).await;
    }
}

/// Asks again for what was asked for and not answered.
pub(super) async fn order_rest(api: &Api, book: &Mutex<Book>) {
    let unanswered = lock(book).unanswered();
    for (id, course) in unanswered {
        order(api, book, &id, course).await;
    }
}

/// Asks until it is answered: the same id and input make one saga, however often it takes.
async fn order(api: &Api, book: &Mutex<Book>, id: &str, course: Course) {
    let body = json!({ "workflow": course.workflow(), "id": id, "input": course.input(id) });
    loop {
        match api.post("/v1/sagas", &body).await {
            Some((200 | 201, _)) => return lock(book).answered(id),
            Some((429 | 503, _)) | None => tokio::time::sleep(AGAIN).await,
            Some((status, body)) => {
                let refused = format!("{id} was refused: {status} {body}");
                return lock(book).complain(refused);
            }
        }
    }
}

/// The first few that are not over.
pub(super) async fn open(api: &Api) -> String {
    let mut sagas = api.sagas().await.unwrap_or_default();
    sagas.retain(|(_, status)| !over(status));
    format!(
        "{} sagas, as {:?}",
        sagas.len(),
        &sagas[..sagas.len().min(3)]
    )
}
