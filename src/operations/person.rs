//! People: erase one.
//!
//! # Invariants
//! The identifiers of a person are never written to a log or an error. An unknown person gets the
//! same answer as one who was erased earlier.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::provider::report::{email_as_id, is_email, names_a_person};
use crate::store::conversion::related::Identifier;
use crate::worker::erasure::ErasureSubject;

/// Longest external id of a report, in characters.
const MAX_ID: usize = 200;

/// The person to erase, by exactly one identifier.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonIdentifier {
    /// Your own id of the customer.
    #[schema(example = "cust-17")]
    #[serde(default)]
    pub customer: Option<String>,
    /// Their e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Id of a click of theirs.
    #[schema(pattern = "^\\s*clk_[0-7][0-9a-hjkmnp-tv-z]{25}\\s*$")]
    #[serde(default)]
    pub click_id: Option<String>,
}

/// What was erased.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ErasureResult {
    /// Conversions with the person's identity. Their amounts and credits stay.
    pub conversions: u64,
    /// Their clicks that are still stored. They still count.
    pub clicks: u64,
}

/// Erases a person: identity goes, amounts stay.
///
/// # Errors
/// [`Error::PersonMark`] unless exactly one identifier is given; [`Error::PersonTooLarge`].
pub async fn erase(
    context: &Context,
    actor: &Actor,
    identifier: PersonIdentifier,
) -> Result<ErasureResult, Error> {
    let hash = |email: &str| context.vault.email_hash(actor.workspace, email);
    let person = identifier.person(&hash)?;
    let eraser = context.eraser();
    let erased = eraser.erase(actor.workspace, &person, context.clock.now());
    let counts = erased.await?;
    if let Err(error) = context.log.delete_read().await {
        tracing::warn!(%error, "processed entries stay in the event log for up to an hour");
    }
    tracing::info!(
        workspace.id = %actor.workspace,
        conversions = counts.conversions,
        clicks = counts.clicks,
        "a person was erased"
    );
    Ok(ErasureResult {
        conversions: counts.conversions,
        clicks: counts.clicks,
    })
}

impl PersonIdentifier {
    fn person(&self, hash: &dyn Fn(&str) -> String) -> Result<ErasureSubject, Error> {
        match (&self.customer, &self.email, &self.click_id) {
            (Some(id), None, None) => customer(id.trim(), hash),
            (None, Some(email), None) if is_email(email) => Ok(address(email, hash)),
            (None, Some(_), None) => Err(Error::Field("email", "is not an e-mail address".into())),
            (None, None, Some(id)) => match id.trim().parse() {
                Ok(id) => Ok(ErasureSubject::Click(id)),
                Err(_) => Err(Error::Field(
                    "click_id",
                    "must be clk_ and 26 characters".into(),
                )),
            },
            _ => Err(Error::PersonMark),
        }
    }
}

fn customer(id: &str, hash: &dyn Fn(&str) -> String) -> Result<ErasureSubject, Error> {
    if names_a_person(id) {
        return Ok(address(id, hash));
    }
    if !(1..=MAX_ID).contains(&id.chars().count()) {
        let length = format!("must have 1 to {MAX_ID} characters");
        return Err(Error::Field("customer", length));
    }
    Ok(ErasureSubject::Customer(vec![Identifier::ExternalId(
        id.to_owned(),
    )]))
}

/// Reports may use the address as the customer's id: then its hash is that id.
fn address(email: &str, hash: &dyn Fn(&str) -> String) -> ErasureSubject {
    let hash = hash(email);
    let as_id = Identifier::ExternalId(email_as_id(&hash));
    ErasureSubject::Customer(vec![Identifier::EmailHash(hash), as_id])
}
