//! The built-in recognizers and their words, a file per family or country.

mod contact;
mod crypto;
mod finance;
mod global;
mod labels;
mod national;
mod network;
mod place;
mod secrets;
mod time;
mod us;

use super::{
    Entity,
    prefilter::{Literal, Literals},
    rule::Rule,
};

pub(super) use contact::{email, phone, spelled_at, spelled_email};
pub(super) use crypto::{bitcoin, ethereum};
pub(super) use finance::{card, iban};
pub(super) use labels::LABELS;
pub(super) use network::{ipv4, ipv6, mac, url};
pub(super) use place::coordinates;
pub(super) use secrets::{BEGIN, LONGEST_KEY, private_key, secret};
pub(super) use time::{birth_date, is_filler, is_month};
pub(super) use us::ssn;

macro_rules! kinds {
    ($($name:ident)*) => {
        /// A built-in entity by its place in the catalog.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "named like their entities")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Kind { $($name),* }

        /// What the built-in recognizers find. Earlier ones win an overlap that confidence and length leave open.
        pub(super) const BUILT_IN: &[Entity] = &[$(Entity::$name),*];

        const KINDS: &[Kind] = &[$(Kind::$name),*];
    };
}

// Keys and wallets, then what a check and a structure prove, then what a check and a label, last what a label alone.
kinds! {
    SECRET_PRIVATE_KEY SECRET_JWT SECRET_AWS_ACCESS_KEY SECRET_STRIPE_KEY SECRET_GITHUB_TOKEN SECRET_GITLAB_TOKEN
    SECRET_SENDGRID_KEY SECRET_SLACK_TOKEN SECRET_NPM_TOKEN SECRET_GCP_API_KEY
    CRYPTO_BTC CRYPTO_ETH IBAN CREDIT_CARD
    IT_FISCAL_CODE MX_CURP CN_RESIDENT_ID IN_GSTIN BR_CNPJ FI_HETU CH_AHV FR_NIR RO_CNP BE_NN NO_FNR SE_PERSONNUMMER
    CZ_RC EE_IK BG_EGN PL_PESEL ZA_ID KR_RRN TH_PIN VIN IMEI UK_NINO SG_NRIC_FIN US_MBI US_DEA ES_NIE ES_NIF IE_PPS DE_ID_CARD
    IN_PAN AR_CUIT BR_CPF CL_RUT TR_TCKN HR_OIB DE_TAX_ID IT_VAT FR_SIRET AU_ABN AU_ACN AU_MEDICARE AU_TFN CA_SIN
    IL_ID IN_AADHAAR JP_MY_NUMBER NL_BSN NZ_IRD PL_NIP PT_NIF UK_NHS UK_UTR US_NPI US_ABA_ROUTING MY_NRIC DK_CPR
    US_SSN US_ITIN US_EIN
    EMAIL_ADDRESS URL IP_ADDRESS MAC_ADDRESS GPS_COORDINATES SWIFT_BIC DATE_OF_BIRTH PHONE_NUMBER
    US_PASSPORT UK_PASSPORT US_DRIVER_LICENSE US_BANK_ACCOUNT MEDICAL_RECORD_NUMBER
}

impl Kind {
    pub(super) fn entity(self) -> &'static Entity {
        &BUILT_IN[self as usize]
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u128);

impl Kinds {
    /// For words that announce a number of another kind.
    pub(super) const NONE: Kinds = Kinds(0);
    /// For words that announce a version or a section, which looks like a network address.
    pub(super) const VERSION: Kinds = Kinds(1 << 127);
    pub(super) const ALL: Kinds = Kinds((1 << BUILT_IN.len()) - 1);

    pub(super) const fn of(kind: Kind) -> Kinds {
        Kinds(1 << kind as u32)
    }

    pub(super) const fn with(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub(super) const fn has(self, kind: Kind) -> bool {
        self.0 >> kind as u32 & 1 == 1
    }

    pub(super) const fn meets(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }
}

/// What the prefilter looks for by its first three bytes: prefixes of keys and of URLs, PEM armor, addresses with their
/// signs spelled out.
pub(super) static LITERALS: Literals = Literals::new(&[
    Literal::exact(b"AKI"),
    Literal::exact(b"ASI"),
    Literal::exact(b"AIz"),
    Literal::exact(b"eyJ"),
    Literal::exact(b"ghp"),
    Literal::exact(b"gho"),
    Literal::exact(b"ghu"),
    Literal::exact(b"ghs"),
    Literal::exact(b"ghr"),
    Literal::exact(b"git"),
    Literal::exact(b"glp"),
    Literal::exact(b"npm"),
    Literal::exact(b"xox"),
    Literal::exact(b"xap"),
    Literal::exact(b"sk_"),
    Literal::exact(b"rk_"),
    Literal::exact(b"SG."),
    Literal::exact(b"---"),
    Literal::exact(b"://"),
    Literal::any_case(b"www"),
    Literal::any_case(b"(at"),
    Literal::any_case(b"[at"),
    Literal::any_case(b"{at"),
    Literal::any_case(b"dot"),
]);

/// The identifiers that shapes, checks and labels describe.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    national::RULES.iter().copied().chain([global::RULES]).flatten()
}

/// The kind of a built-in entity. The catalog's own entities are all built in, by a unit test.
pub(super) fn kind(entity: &Entity) -> Kind {
    KINDS[rank(entity).min(KINDS.len() - 1)]
}

/// The kind of an entity, if it is built in.
pub(super) fn known(entity: &Entity) -> Option<Kind> {
    KINDS.get(rank(entity)).copied()
}

/// The place of an entity in the order of the catalog; entities outside of it come last.
pub(super) fn rank(entity: &Entity) -> usize {
    BUILT_IN.iter().position(|known| known == entity).unwrap_or(BUILT_IN.len())
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, rank, rules};

    #[test]
    fn every_rule_is_for_a_built_in_entity() {
        for rule in rules() {
            assert!(rank(&rule.entity) < BUILT_IN.len(), "{}", rule.entity);
            assert!(!rule.shapes.is_empty(), "{}", rule.entity);
        }
    }
}
