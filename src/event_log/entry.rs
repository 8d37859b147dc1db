//! What stands in the event log: one JSON object an entry, with the version of its form.
//!
//! ```text
//! {"v":1,"entry":"click", …fields of click::Hit…}
//! {"v":1,"entry":"conversion", …fields of conversion::NewConversion…}
//! ```
//!
//! Holds: an entry that was written can be read by every later version; an entry of a version or
//! kind not known here is an error, which sends it to the dead letters instead of losing it.

use serde::{Deserialize, Serialize};

use crate::click::Hit;
use crate::conversion::NewConversion;

/// Version of the form written now.
const VERSION: u32 = 1;

/// One thing that arrived from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "clicks and conversions are few in memory at a time"
)]
pub enum Entry {
    /// A redirect was answered.
    Click(Hit),
    /// A provider reported a conversion.
    Conversion(NewConversion),
}

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Why bytes are not an entry.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not JSON of the expected form.
    #[error("not an entry: {0}")]
    Form(#[from] serde_json::Error),
    /// Written by a later version of Leadline.
    #[error("entry of version {0}, this program reads {VERSION}")]
    Version(u32),
}

impl Entry {
    /// The bytes that go into the log.
    ///
    /// # Errors
    /// None in practice: the types hold nothing JSON cannot express.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Written {
            v: VERSION,
            entry: self,
        })
    }

    /// Reads what [`Entry::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are no entry, or one of a version not known here.
    pub fn decode(bytes: &[u8]) -> Result<Entry, DecodeError> {
        let Version { v } = serde_json::from_slice(bytes)?;
        if v != VERSION {
            return Err(DecodeError::Version(v));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;
    use crate::conversion::{Evidence, Kind};
    use crate::id::{ClickId, ConversionId, LinkId, WorkspaceId};

    #[test]
    fn what_is_written_can_be_read() {
        let workspace_id = WorkspaceId::from_parts(Millis(1), [1; 10]);
        let click = Entry::Click(Hit {
            id: ClickId::from_parts(Millis(1), [1; 10]),
            workspace_id,
            link_id: LinkId::from_parts(Millis(1), [1; 10]),
            campaign_id: None,
            network: Some("x".into()),
            clicked_at: Millis(1),
            visitor: None,
            user_agent: None,
            referrer: None,
        });
        let conversion = Entry::Conversion(NewConversion {
            id: ConversionId::from_parts(Millis(1), [1; 10]),
            workspace_id,
            source_id: None,
            event_id: "e".into(),
            kind: Kind::Event,
            name: Some("case_answered".into()),
            occurred_at: Millis(1),
            received_at: Millis(1),
            value: None,
            refund_of: None,
            evidence: Evidence::default(),
        });
        for entry in [click, conversion] {
            assert_eq!(Entry::decode(&entry.encode().unwrap()).unwrap(), entry);
        }
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert!(matches!(Entry::decode(b"junk"), Err(DecodeError::Form(_))));
        assert!(matches!(
            Entry::decode(br#"{"v":2}"#),
            Err(DecodeError::Version(2))
        ));
        let other = br#"{"v":1,"entry":"other"}"#;
        assert!(matches!(Entry::decode(other), Err(DecodeError::Form(_))));
    }
}
