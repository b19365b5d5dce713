//! Addresses of the Internet as networks: the first bits of an address say where it is.

use std::net::IpAddr;

use super::TOP;
use crate::error::{Error, Result};

/// Networks of IPv4 and IPv6, one pair of prefix lengths a level.
#[derive(Clone, Debug)]
pub(super) struct Networks {
    lengths: Vec<(u32, u32)>,
}

impl Networks {
    pub(super) fn new(v4: &[u32], v6: &[u32]) -> Result<Self> {
        let decrease = |lengths: &[u32], most: u32| {
            lengths.first().is_none_or(|&l| l <= most) && lengths.windows(2).all(|w| w[1] < w[0])
        };
        let positive = v4.iter().chain(v6).all(|&l| l > 0);
        if v4.is_empty() || v4.len() != v6.len() || !positive || !decrease(v4, 32) || !decrease(v6, 128) {
            return Err(Error::network_lengths());
        }
        Ok(Networks { lengths: v4.iter().copied().zip(v6.iter().copied()).collect() })
    }

    /// The address itself, the networks, and `*`.
    pub(super) fn depth(&self) -> usize {
        self.lengths.len() + 2
    }

    pub(super) fn generalize(&self, value: &str, level: usize) -> Option<String> {
        let address: IpAddr = value.trim().parse().ok()?;
        let Some(at) = level.checked_sub(1) else { return Some(address.to_string()) };
        let Some(&(v4, v6)) = self.lengths.get(at) else { return Some(TOP.to_owned()) };
        Some(match address {
            IpAddr::V4(address) => {
                let network = u32::from(address) & (u32::MAX << (32 - v4));
                format!("{}/{v4}", std::net::Ipv4Addr::from(network))
            }
            IpAddr::V6(address) => {
                let network = u128::from(address) & (u128::MAX << (128 - v6));
                format!("{}/{v6}", std::net::Ipv6Addr::from(network))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_its_networks() {
        let h = Networks::new(&[24, 16], &[64, 48]).unwrap();
        let labels = |v: &str| (0..h.depth()).map(|l| h.generalize(v, l).unwrap()).collect::<Vec<_>>();
        assert_eq!(labels("192.0.2.77"), ["192.0.2.77", "192.0.2.0/24", "192.0.0.0/16", "*"]);
        assert_eq!(labels("2001:DB8::1"), ["2001:db8::1", "2001:db8::/64", "2001:db8::/48", "*"]);
        assert!(h.generalize("192.0.2", 0).is_none());
        for (v4, v6) in [
            (&[][..], &[][..]),
            (&[16, 24], &[48, 32]),
            (&[24], &[64, 48]),
            (&[33], &[64]),
            (&[24, 0], &[64, 0]),
        ] {
            assert!(Networks::new(v4, v6).is_err(), "{v4:?} {v6:?}");
        }
    }
}
