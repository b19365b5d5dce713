//! What an auditor can look at.

use crate::audit::{
    event::Event,
    transcript::Transcript,
    view::{Seen, View},
};

/// An outcome of a run, as an [`Audit`](crate::audit::Audit) sees it: whatever has an order, or a [`Transcript`].
///
/// Outcomes with an order are told apart by sets of neighbors in that order. A transcript is looked at from many sides:
/// each number, its low bits, labels, differences, all together.
///
/// # Examples
/// ```
/// use incog::audit::{Outcome, Transcript};
/// fn can_be_audited<T: Outcome>() {}
/// can_be_audited::<i64>();
/// can_be_audited::<(bool, String)>();
/// can_be_audited::<Transcript>();
/// ```
pub trait Outcome: Sealed {}

impl<T: Ord + Clone> Outcome for T {}
impl Outcome for Transcript {}

/// How the event is found, and whether an outcome is in it.
pub trait Sealed: Sized {
    type Event;

    /// The event for which `score` of its shares is largest, as far as these runs show.
    fn choose(left: &[Self], right: &[Self], score: &dyn Fn(f64, f64) -> f64) -> Self::Event;

    fn is_in(&self, event: &Self::Event) -> bool;

    /// Whether it is the right side that has more of it.
    fn is_right(event: &Self::Event) -> bool;

    /// From which side it is seen.
    fn view(event: &Self::Event) -> View;
}

impl<T: Ord + Clone> Sealed for T {
    type Event = Event<T>;

    fn choose(left: &[T], right: &[T], score: &dyn Fn(f64, f64) -> f64) -> Event<T> {
        Event::choose(left, right, score)
    }

    fn is_in(&self, event: &Event<T>) -> bool {
        event.contains(self)
    }

    fn is_right(event: &Event<T>) -> bool {
        event.right
    }

    fn view(_: &Event<T>) -> View {
        View::Outcome
    }
}

impl Sealed for Transcript {
    type Event = Seen;

    fn choose(left: &[Transcript], right: &[Transcript], score: &dyn Fn(f64, f64) -> f64) -> Seen {
        Seen::choose(left, right, score)
    }

    fn is_in(&self, event: &Seen) -> bool {
        event.contains(self)
    }

    fn is_right(event: &Seen) -> bool {
        event.right()
    }

    fn view(event: &Seen) -> View {
        event.view()
    }
}
