//! What every command has at hand: the API, the screen, and which of people or programs reads.

use crate::args::Connection;
use crate::client::Client;
use crate::failure::Failure;
use crate::terminal::Screen;
use serde_json::Value;

/// The second stage of the arguments: what they mean.
pub struct Session {
    pub client: Client,
    pub screen: Screen,
    /// Print the API's JSON, nothing for people.
    pub json: bool,
}

impl Session {
    /// Connects to nothing yet; refuses an address that can be none.
    pub fn new(connection: &Connection, screen: Screen) -> Result<Self, Failure> {
        Ok(Self {
            client: Client::new(
                &connection.api,
                connection.token.as_deref(),
                &connection.trust,
            )?,
            screen,
            json: connection.json,
        })
    }

    /// Warns of a token that everybody on the way can read.
    pub fn caution(&self, connection: &Connection) {
        if connection.token.is_some() && self.client.is_overheard() {
            self.screen.note(&format!(
                "warning: the token goes to {} unencrypted, and whoever listens on the way can use \
                 it; write https://",
                self.client.api()
            ));
        }
    }

    /// The answer as it came, for programs; or, for people, what `human` makes of it.
    pub fn show(&self, answer: &Value, human: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json && answer.is_null() {
            Ok(())
        } else if self.json {
            self.screen.print(&format!("{answer:#}\n"))
        } else {
            self.screen.print(&human())
        }
    }
}
