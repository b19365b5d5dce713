//! Names for what a recognizer finds.

use std::{borrow::Cow, fmt};

use crate::{Error, Result};

/// The kind of thing found: an open set of `SCREAMING_SNAKE` names.
///
/// # Examples
/// ```
/// use incog::pii::Entity;
/// let staff = Entity::new("STAFF_ID")?;
/// assert_eq!(staff.as_str(), "STAFF_ID");
/// assert_eq!(Entity::new("IBAN")?, Entity::IBAN);
///
/// let error = Entity::new("staff id").unwrap_err();
/// assert!(error.to_string().starts_with("an entity is named by 1 to 64 characters of A-Z"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "String", try_from = "String"))]
pub struct Entity(Cow<'static, str>);

macro_rules! entities {
    ($($(#[$doc:meta])* $name:ident)*) => {
        impl Entity {
            $($(#[$doc])* pub const $name: Entity = Entity(Cow::Borrowed(stringify!($name)));)*
        }
    };
}

entities! {
    /// An e-mail address.
    EMAIL_ADDRESS
    /// A telephone number.
    PHONE_NUMBER
    /// The number of a payment card.
    CREDIT_CARD
    /// An international bank account number.
    IBAN
    /// A United States social security number.
    US_SSN
    /// An IPv4 or IPv6 address.
    IP_ADDRESS
    /// A hardware address of a network interface.
    MAC_ADDRESS
    /// A URL with a scheme, or one that starts with `www.`.
    URL
    /// A date that a label calls a date of birth.
    DATE_OF_BIRTH
    /// An access key id of Amazon Web Services.
    SECRET_AWS_ACCESS_KEY
    /// A secret or restricted key of Stripe.
    SECRET_STRIPE_KEY
    /// A token of GitHub, classic or fine-grained.
    SECRET_GITHUB_TOKEN
    /// A personal access token of GitLab.
    SECRET_GITLAB_TOKEN
    /// An API key of SendGrid.
    SECRET_SENDGRID_KEY
    /// A JSON web token.
    SECRET_JWT
    /// A private key in PEM armor.
    SECRET_PRIVATE_KEY
    /// A token of Slack.
    SECRET_SLACK_TOKEN
    /// An access token of the npm registry.
    SECRET_NPM_TOKEN
    /// An API key of Google Cloud.
    SECRET_GCP_API_KEY
    /// A person's name. Only a [`RowDictionary`](super::RowDictionary) finds it.
    PERSON
    /// A record number. Only a [`RowDictionary`](super::RowDictionary) finds it.
    MEDICAL_RECORD_NUMBER
}

impl Entity {
    /// An entity of your own, or one of the constants by its name.
    ///
    /// # Errors
    /// `Parameter` if `name` is not 1 to 64 characters of `A-Z`, `0-9` and `_` that start with a letter.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let shaped = name.len() <= LONGEST
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if shaped { Ok(Entity(Cow::Owned(name))) } else { Err(Error::malformed_entity()) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Entity> for String {
    fn from(entity: Entity) -> String {
        entity.0.into_owned()
    }
}

impl TryFrom<String> for Entity {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Entity::new(name)
    }
}

impl std::str::FromStr for Entity {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Entity::new(name)
    }
}

/// Bounds what an operator writes for a finding.
const LONGEST: usize = 64;
