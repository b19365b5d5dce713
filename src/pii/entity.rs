//! Names for what a recognizer finds.

use std::{borrow::Cow, fmt};

use crate::{Error, Result, pii::known_entities};

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
    /// A tax number of Argentina (CUIT, CUIL).
    AR_CUIT
    /// A business number of Australia.
    AU_ABN
    /// A company number of Australia.
    AU_ACN
    /// A Medicare card number of Australia.
    AU_MEDICARE
    /// A tax file number of Australia.
    AU_TFN
    /// A national register number of Belgium.
    BE_NN
    /// A uniform civil number of Bulgaria.
    BG_EGN
    /// A company number of Brazil, digits or alphanumeric.
    BR_CNPJ
    /// A taxpayer number of Brazil.
    BR_CPF
    /// A social insurance number of Canada.
    CA_SIN
    /// An old-age insurance number of Switzerland.
    CH_AHV
    /// A tax number of Chile (RUT, RUN).
    CL_RUT
    /// A resident identity number of China.
    CN_RESIDENT_ID
    /// A Bitcoin address.
    CRYPTO_BTC
    /// An Ethereum address.
    CRYPTO_ETH
    /// A birth number of Czechia.
    CZ_RC
    /// An identity card number of Germany.
    DE_ID_CARD
    /// A tax identification number of Germany.
    DE_TAX_ID
    /// A civil registration number of Denmark.
    DK_CPR
    /// A personal code of Estonia.
    EE_IK
    /// A foreigner number of Spain.
    ES_NIE
    /// An identity and tax number of Spain (DNI, NIF).
    ES_NIF
    /// A personal identity code of Finland.
    FI_HETU
    /// A social security number of France.
    FR_NIR
    /// A business establishment number of France.
    FR_SIRET
    /// A pair of latitude and longitude.
    GPS_COORDINATES
    /// A personal identification number of Croatia.
    HR_OIB
    /// A personal public service number of Ireland.
    IE_PPS
    /// An identity number of Israel.
    IL_ID
    /// An identity of mobile equipment.
    IMEI
    /// An Aadhaar number of India.
    IN_AADHAAR
    /// A goods and services tax number of India.
    IN_GSTIN
    /// A permanent account number of India.
    IN_PAN
    /// A fiscal code of Italy.
    IT_FISCAL_CODE
    /// A value added tax number of Italy.
    IT_VAT
    /// An individual number of Japan.
    JP_MY_NUMBER
    /// A resident registration number of Korea.
    KR_RRN
    /// A population registry code of Mexico.
    MX_CURP
    /// An identity card number of Malaysia.
    MY_NRIC
    /// A citizen service number of the Netherlands.
    NL_BSN
    /// A birth number of Norway.
    NO_FNR
    /// A tax number of New Zealand.
    NZ_IRD
    /// A tax number of Poland.
    PL_NIP
    /// A personal number of Poland.
    PL_PESEL
    /// A tax number of Portugal.
    PT_NIF
    /// A personal numeric code of Romania.
    RO_CNP
    /// A personal identity number of Sweden.
    SE_PERSONNUMMER
    /// An identity or foreign identification number of Singapore.
    SG_NRIC_FIN
    /// A business identifier code (ISO 9362).
    SWIFT_BIC
    /// A personal identification number of Thailand.
    TH_PIN
    /// An identity number of Turkey.
    TR_TCKN
    /// A National Health Service number of England and Wales.
    UK_NHS
    /// A National Insurance number of the United Kingdom.
    UK_NINO
    /// A passport number of the United Kingdom.
    UK_PASSPORT
    /// A unique taxpayer reference of the United Kingdom.
    UK_UTR
    /// A bank routing number of the United States.
    US_ABA_ROUTING
    /// A bank account number of the United States.
    US_BANK_ACCOUNT
    /// A registration number of the Drug Enforcement Administration.
    US_DEA
    /// A driver license number of the United States.
    US_DRIVER_LICENSE
    /// An employer identification number of the United States.
    US_EIN
    /// An individual taxpayer identification number of the United States.
    US_ITIN
    /// A Medicare beneficiary identifier of the United States.
    US_MBI
    /// A national provider identifier of the United States.
    US_NPI
    /// A passport number of the United States.
    US_PASSPORT
    /// A vehicle identification number.
    VIN
    /// An identity number of South Africa.
    ZA_ID
    /// A person's name. A [`RowDictionary`](super::RowDictionary) finds it, or a list of your own
    /// ([`Recognizer::words`](super::Recognizer::words)).
    PERSON
    /// A number of a patient's record.
    MEDICAL_RECORD_NUMBER
}

impl Entity {
    /// Bytes of a name. Bounds what an operator writes for a finding.
    pub(super) const LONGEST: usize = 64;

    /// An entity of your own, or one of the constants by its name.
    ///
    /// # Errors
    /// `Parameter` if `name` is not 1 to 64 characters of `A-Z`, `0-9` and `_` that start with a letter.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let shaped = name.len() <= Entity::LONGEST
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if shaped { Ok(Entity(Cow::Owned(name))) } else { Err(Error::malformed_entity()) }
    }

    /// The name, if the library knows it; else one word for all others. So there are only so many.
    pub(crate) fn counted_as(&self) -> &'static str {
        match &self.0 {
            Cow::Borrowed(known) => known,
            Cow::Owned(_) => match known_entities().iter().find(|known| *known == self) {
                Some(Entity(Cow::Borrowed(known))) => known,
                _ => "OWN",
            },
        }
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
