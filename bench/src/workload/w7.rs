//! W7: one, two and four orchestrators and workers on the same brokers, while cores do not grow.

use super::{FULL, Figures, Session, w1};
use crate::fault::Fault;
use crate::shape::Shape;
use crate::site::{Rig, System};

const EACH: [usize; 3] = [1, 2, 4];

pub(super) async fn run(session: &Session) -> Result<(), Fault> {
    let shape = Shape::five();
    for round in 0..session.plan.rounds {
        for turn in 0..EACH.len() {
            let each = EACH[(turn + round) % EACH.len()];
            let rig = Rig::start(System::Brokers, each, session.service.at()).await?;
            let mut figures = Figures::new();
            let measured = async {
                rig.deploy(&shape).await?;
                let window = session.plan.window;
                w1::saturate(session, &shape, &rig, window, &mut figures).await
            };
            measured.await.map_err(|fault| rig.told(&fault))?;
            let settings = session.beside(&rig, &FULL).await?;
            session.keep(["W7", "", &each.to_string()], round, figures, settings)?;
        }
    }
    Ok(())
}
