//! What types must not be able to do, so that code which tries does not compile: keys and raw values are not printed,
//! copied or serialized. Beside it stand examples marked `compile_fail` in the documentation, of code that must not compile
//! for another reason, each beside one that does.
//!
//! `never!(T: A, B)` compiles only if `T` has none of the traits: with one of them, two implementations of `Either` fit,
//! and the compiler cannot tell which is meant (E0283).

use std::fmt::Display;

use incog::Sensitive;
use serde::{Serialize, de::DeserializeOwned};

macro_rules! never {
    ($kind:ty: $($bound:path),+ $(,)?) => {
        $({
            trait Either<Which> {
                fn name() -> &'static str {
                    stringify!($kind)
                }
            }
            #[allow(dead_code, reason = "only a name")]
            struct HasIt;
            impl<T: ?Sized> Either<()> for T {}
            impl<T: ?Sized + $bound> Either<HasIt> for T {}
            assert!(!<$kind as Either<_>>::name().is_empty());
        })+
    };
}

#[test]
fn sensitive_values_are_not_printed_copied_compared_or_serialized() {
    never!(Sensitive<String>: Display, Clone, Copy, PartialEq, Default, Serialize, DeserializeOwned);
    never!(Sensitive<String>: AsRef<str>, std::ops::Deref, std::borrow::Borrow<String>, Into<String>);
    // But for the one form that shows nothing.
    assert_eq!(format!("{:?}", Sensitive::new("Ada")), "Sensitive(..)");
}

#[cfg(feature = "pseudonym")]
#[test]
fn keys_are_not_printed_copied_compared_or_serialized() {
    use incog::pseudonym::{Key, Keyring, SubKey, Tokenizer};
    never!(Key: Display, Clone, Copy, PartialEq, Default, Serialize, DeserializeOwned, AsRef<[u8]>, std::ops::Deref);
    never!(SubKey: Display, Clone, Copy, PartialEq, Default, Serialize, DeserializeOwned, AsRef<[u8]>, std::ops::Deref);
    // A ring is cloned without its keys: they are shared.
    never!(Keyring: Display, Copy, PartialEq, Default, Serialize, DeserializeOwned, AsRef<[u8]>, std::ops::Deref);
    never!(Tokenizer: Display, Serialize, DeserializeOwned);
}

#[cfg(feature = "dp")]
#[test]
fn streams_of_noise_and_keys_of_ledgers_are_not_printed_copied_or_serialized() {
    use incog::{SecureRng, dp::ledger::LedgerKey};
    never!(SecureRng: Display, Clone, Copy, PartialEq, Default, Serialize, DeserializeOwned);
    never!(LedgerKey: Display, Clone, Copy, PartialEq, Default, Serialize, DeserializeOwned, AsRef<[u8]>, std::ops::Deref);
    assert_eq!(format!("{:?}", SecureRng::from_os().unwrap()).matches(char::is_numeric).count(), 0);
}

#[cfg(feature = "pipeline")]
#[test]
fn signing_keys_are_not_printed_and_a_plan_is_applied_once() {
    use incog::{evidence::SigningKey, pipeline::Plan};
    never!(SigningKey: Display, Clone, Copy, PartialEq, Default, Serialize, DeserializeOwned, AsRef<[u8]>, std::ops::Deref);
    never!(Plan: Clone, Copy, Default, Serialize, DeserializeOwned);
}
