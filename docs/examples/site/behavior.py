"""How a site reacts: only so many of its devices download at one time, the others wait their turn."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import CancelReminder, Effect, HoldReply, KeepPromise, Reject, Remind, Reply
from lambdas.actors.turn import Turn
from lambdas.agents.site.messages import AskForSlot, ReleaseSlot, Slot, SlotExpired, UplinkChanged

SLOT_TIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Site:
    """Who downloads and until when, and who waits."""

    name: str
    slots: int = 2
    downloading: dict[str, datetime] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()


def on_ask_for_slot(site: Site, ask: AskForSlot, now: datetime) -> Turn[Site]:
    """Give a slot if one is free; otherwise the answer is held until one is."""
    if not ask.device:
        return Turn(site, (Reject("a device must say its name"),))
    if ask.device in site.downloading:
        return Turn(site, (Reply(Slot(ask.device, site.downloading[ask.device])),))
    if len(site.downloading) >= site.slots:
        waiting = tuple(dict.fromkeys((*site.waiting, ask.device)))
        return Turn(replace(site, waiting=waiting), (HoldReply(ask.device),))
    site, slot, reminder = _given(site, ask.device, now)
    return Turn(site, (Reply(slot), reminder))


def on_release_slot(site: Site, release: ReleaseSlot, now: datetime) -> Turn[Site]:
    """Take the slot back and give it to the next; releasing twice changes nothing."""
    if release.device not in site.downloading:
        return Turn(site)
    return _filled(_taken_back(site, release.device), (CancelReminder(f"slot of {release.device}"),), now)


def on_slot_expired(site: Site, expired: SlotExpired, now: datetime) -> Turn[Site]:
    """Take the slot of a device that was not heard of again."""
    return _filled(_taken_back(site, expired.device), (), now)


def on_uplink_changed(site: Site, uplink: UplinkChanged, now: datetime) -> Turn[Site]:
    """Let more or fewer devices download; those that do may finish."""
    return _filled(replace(site, slots=uplink.slots), (), now)


def _filled(site: Site, effects: tuple[Effect, ...], now: datetime) -> Turn[Site]:
    """Give free slots to those who wait, the longest waiting first."""
    while site.waiting and len(site.downloading) < site.slots:
        device, *others = site.waiting
        site, slot, reminder = _given(replace(site, waiting=tuple(others)), device, now)
        effects = (*effects, KeepPromise(device, slot), reminder)
    return Turn(site, effects)


def _given(site: Site, device: str, now: datetime) -> tuple[Site, Slot, Remind]:
    ends = now + SLOT_TIME
    given = replace(site, downloading={**site.downloading, device: ends})
    return given, Slot(device, ends), Remind(f"slot of {device}", ends, SlotExpired(device))


def _taken_back(site: Site, device: str) -> Site:
    return replace(site, downloading={other: ends for other, ends in site.downloading.items() if other != device})


BEHAVIOR = Behavior(
    kind="site",
    state_type=Site,
    initial_state=Site,
    reactions={
        AskForSlot: on_ask_for_slot,
        ReleaseSlot: on_release_slot,
        SlotExpired: on_slot_expired,
        UplinkChanged: on_uplink_changed,
    },
    index=lambda site: {"downloading": str(len(site.downloading)), "waiting": str(len(site.waiting))},
)
