use super::*;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
};

const BOUND: Bound = Bound { bytes: 10 + 3 * MESSAGE, packets: 3 };

/// Counts how often it was woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn fill(lane: &Lane, item: Item) -> bool {
    let mut released = Released::default();
    let turn = match item {
        Item::Messages(mut messages) => {
            let load = Load::of(&messages);
            let ours = lane.fill_messages(&mut messages, load, &mut released);
            if ours {
                // What is left comes next. Back to where the tests look for it.
                lane.forfeit(messages);
                lane.lock().turn = TurnState::Taken;
            }
            ours
        }
        Item::Happening(happening) => lane.fill(happening, &mut released),
    };
    released.apply();
    turn
}

/// Has done nothing, and takes one item if the turn is still there.
fn take(lane: &Lane) -> Option<Item> {
    let mut batch = VecDeque::new();
    let ours = lane.done(Load::default(), &mut Released::default());
    lane.take(1, &mut batch);
    assert_eq!(batch.len(), usize::from(ours));
    batch.pop_front()
}

fn message(text: &str) -> Item {
    Item::Messages(Message::from(text).into())
}

fn recv(lane: &Lane, place: &mut Place, count: &Arc<Count>) -> Poll<Option<String>> {
    let waker = count.clone().into();
    lane.poll_recv(place, &mut Context::from_waker(&waker))
        .map(|message| message.map(|message| String::from_utf8(message.as_bytes().to_vec()).unwrap()))
}

fn received(text: &str) -> Poll<Option<String>> {
    Poll::Ready(Some(text.to_owned()))
}

#[test]
fn messages_are_received_in_order_and_then_the_end() {
    let (lane, mut place, count) = (Lane::new(BOUND, false), Place::NONE, Arc::new(Count::default()));
    assert_eq!(recv(&lane, &mut place, &count), Poll::Pending);
    assert!(!fill(&lane, Item::Happening(Happening::Open)));
    assert_eq!(count.get(), 0, "there is nothing to receive yet");
    fill(&lane, message("a"));
    assert_eq!(count.get(), 1);
    fill(&lane, Item::Happening(Happening::Upgrade));
    fill(&lane, message("b"));
    fill(&lane, Item::Happening(Happening::Close(CloseReason::PingTimeout)));
    assert_eq!(recv(&lane, &mut place, &count), received("a"));
    assert_eq!(recv(&lane, &mut place, &count), received("b"));
    assert_eq!(recv(&lane, &mut place, &count), Poll::Ready(None));
    assert_eq!(recv(&lane, &mut place, &count), Poll::Ready(None), "and it stays so");
    assert_eq!(lane.closed(), Some(CloseReason::PingTimeout));
}

#[test]
fn a_receiver_that_left_is_not_woken() {
    let (lane, count) = (Lane::new(BOUND, false), Arc::new(Count::default()));
    let mut visit = lane.visit(Wait::Message);
    assert_eq!(recv(&lane, &mut visit.place, &count), Poll::Pending);
    assert_eq!(recv(&lane, &mut visit.place, &count), Poll::Pending, "one place, however often it is polled");
    drop(visit);
    fill(&lane, message("a"));
    assert_eq!(count.get(), 0);
}

#[test]
fn peers_are_held_back_until_the_application_took_enough() {
    let lane = Lane::new(BOUND, false);
    let (mut place, count) = (Place::NONE, Arc::new(Count::default()));
    let waker = count.clone().into();
    let mut cx = Context::from_waker(&waker);
    for text in ["12345", "1234", "1"] {
        fill(&lane, message(text));
        assert!(lane.poll_inbox(&mut place, &mut cx).is_ready(), "the bound itself is no reason");
    }
    fill(&lane, message("x"));
    assert!(lane.poll_inbox(&mut place, &mut cx).is_pending());

    let (mut other, receiver) = (Place::NONE, Arc::new(Count::default()));
    assert_eq!(recv(&lane, &mut other, &receiver), received("12345"));
    assert_eq!(count.get(), 1);
    assert!(lane.poll_inbox(&mut place, &mut cx).is_ready());
}

#[test]
fn the_end_lets_everybody_go() {
    let lane = Lane::new(BOUND, false);
    let counts: [Arc<Count>; 3] = Default::default();
    let wakers = counts.clone().map(Waker::from);
    let mut places: [Place; 3] = Default::default();
    let [inbox, outbox, closed] = &mut places;
    fill(&lane, message(&"x".repeat(BOUND.bytes)));
    assert!(lane.poll_inbox(inbox, &mut Context::from_waker(&wakers[0])).is_pending());
    assert!(lane.park(Wait::Outbox, outbox, wakers[1].clone()).is_none());
    assert!(lane.poll_closed(closed, &mut Context::from_waker(&wakers[2])).is_pending());
    fill(&lane, Item::Happening(Happening::Close(CloseReason::ForcedClose)));
    assert_eq!(counts.map(|count| count.get()), [1, 1, 1]);
    assert!(lane.poll_inbox(inbox, &mut Context::from_waker(&wakers[0])).is_ready(), "though nobody read it");
}

#[test]
fn one_at_a_time_has_the_turn() {
    let lane = Lane::new(BOUND, true);
    assert!(fill(&lane, Item::Happening(Happening::Open)), "who finds the lane idle has the turn");
    assert!(!fill(&lane, message("a")));
    assert!(matches!(take(&lane), Some(Item::Happening(Happening::Open))));
    assert!(!fill(&lane, message("b")), "while it is taken");
    assert!(matches!(take(&lane), Some(Item::Messages(_))));
    assert!(matches!(take(&lane), Some(Item::Messages(_))));
    assert!(take(&lane).is_none());
    assert!(fill(&lane, Item::Happening(Happening::Upgrade)), "and then the next");
}

#[test]
fn what_is_there_is_taken_together_up_to_a_bound() {
    let lane = Lane::new(BOUND, true);
    for _ in 0..3 {
        fill(&lane, Item::Happening(Happening::Upgrade));
    }
    let mut batch = VecDeque::new();
    let mut take = |most| {
        let ours = lane.done(Load::default(), &mut Released::default());
        lane.take(most, &mut batch);
        (batch.drain(..).count(), ours)
    };
    assert_eq!([take(0), take(2), take(2), take(2)], [(0, true), (2, true), (1, true), (0, false)]);
    assert!(fill(&lane, Item::Happening(Happening::Upgrade)), "the turn was given back");
}

#[test]
fn an_idle_lane_keeps_no_memory() {
    let lane = Lane::new(BOUND, true);
    let mut batch = VecDeque::new();
    let mut take = || {
        let ours = lane.done(Load::default(), &mut Released::default());
        if ours {
            lane.take(9, &mut batch);
            batch.clear();
        }
        ours
    };
    fill(&lane, message("a"));
    assert!(take());
    fill(&lane, message("b"));
    assert!(take(), "it came meanwhile");
    assert!(!take());
    assert_eq!(lane.lock().queue.capacity(), 0);

    let lane = Lane::new(BOUND, false);
    let (mut place, count) = (Place::NONE, Arc::new(Count::default()));
    fill(&lane, message("a"));
    assert_eq!(recv(&lane, &mut place, &count), received("a"));
    assert_eq!(recv(&lane, &mut place, &count), Poll::Pending);
    assert_eq!(lane.lock().queue.capacity(), 0);
}

#[test]
fn what_a_handler_still_works_on_counts() {
    let lane = Lane::new(BOUND, true);
    let (mut place, count) = (Place::NONE, Arc::new(Count::default()));
    let waker = count.clone().into();
    let mut cx = Context::from_waker(&waker);
    fill(&lane, message(&"x".repeat(BOUND.bytes)));
    assert!(take(&lane).is_some());
    assert!(lane.poll_inbox(&mut place, &mut cx).is_pending());
    let mut released = Released::default();
    assert!(!lane.done(Load { packets: 1, bytes: BOUND.bytes }, &mut released));
    released.apply();
    assert_eq!(count.get(), 1);
    assert!(lane.poll_inbox(&mut place, &mut cx).is_ready());
}

#[test]
fn a_forfeited_turn_goes_to_the_next() {
    let lane = Lane::new(BOUND, true);
    assert!(fill(&lane, Item::Happening(Happening::Open)));
    lane.forfeit(Messages::default());
    assert!(fill(&lane, message("a")));
    assert!(matches!(take(&lane), Some(Item::Happening(Happening::Open))), "nothing is lost");
}

#[test]
fn messages_are_handed_to_who_begins_a_turn_with_them() {
    let lane = Lane::new(BOUND, true);
    let fill = |text: &str| {
        let mut messages = Messages::from(Message::from(text));
        let load = Load::of(&messages);
        (lane.fill_messages(&mut messages, load, &mut Released::default()), messages)
    };
    let (ours, first) = fill("first");
    assert_eq!((ours, first.len()), (true, 1), "the lane was idle");
    let (ours, none) = fill("second");
    assert_eq!((ours, none.len()), (false, 0), "it waits for who has the turn");
    lane.forfeit(first);
    let (ours, none) = fill("third");
    assert_eq!((ours, none.len()), (true, 0), "there is something before it");
    for expected in [&b"first"[..], b"second", b"third"] {
        let Some(Item::Messages(messages)) = take(&lane) else { panic!("nothing is lost") };
        assert!(messages.map(|message| message.as_bytes().to_vec()).eq([expected]));
    }
    assert!(take(&lane).is_none());
}
