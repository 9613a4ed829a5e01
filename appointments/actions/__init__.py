"""What is done with a request: the only ways its status changes. One transaction each, with its event and its messages."""

from appointments.actions.earlier import decline_earlier, keep_back, offer_earlier, take_earlier, wish_earlier
from appointments.actions.family import (
    accept,
    add_words,
    ask_for_other_times,
    change_contact,
    send_link_again,
    state_of_contact,
    withdraw,
)
from appointments.actions.receive import receive
from appointments.actions.staff import (
    ask_question,
    assign,
    cancel_visit,
    close,
    confirm_by_phone,
    enter_by_hand,
    give_back,
    hand_over,
    mark_read,
    merge,
    offer,
    record_attempt,
    record_outcome,
    renew_link,
    reopen,
    send_to_systems_again,
    take,
    write_note,
)
from appointments.actions.undo import undo
