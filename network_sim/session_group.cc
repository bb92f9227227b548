#include "network_sim/session_group.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/check.h"

namespace rung::network_sim {

namespace {

using session::Event;
using session::Request;

}  // namespace

void SessionGroup::add(std::unique_ptr<session::StreamingSession> session, Timestamp begins) {
  RUNG_CHECK(session != nullptr && begins >= Timestamp{});
  Member& member = members_.emplace_back();
  member.session = std::move(session);
  member.begins = begins;
}

void SessionGroup::handle(const Event& event) {
  if (const auto* reached = std::get_if<session::TimeReached>(&event)) return wake(reached->at);
  const auto route = [&](auto fact) {
    if constexpr (requires { fact.transfer; }) {
      const auto open = std::ranges::find(open_, fact.transfer, &Open::id);
      RUNG_CHECK(open != open_.end());
      Member& member = members_[open->member];
      const auto since = member.begins - Timestamp{};
      fact.at -= since;
      fact.transfer = open->own;
      if constexpr (requires { fact.first_byte.has_value(); }) {
        if (fact.first_byte) *fact.first_byte -= since;
      } else if constexpr (requires { fact.first_byte; }) {
        fact.first_byte -= since;
      }
      if constexpr (!std::is_same_v<decltype(fact), session::TransferProgressed>) {
        if (std::is_same_v<decltype(fact), session::TransferCompleted> && open->bandwidth)
          member.bandwidths.push_back(*open->bandwidth);
        open_.erase(open);
      }
      tell(member, fact);
    } else {
      RUNG_CHECK(false);  // A world with several sessions has no viewer of its own.
    }
  };
  std::visit(route, event);
}

void SessionGroup::tell(Member& member, const Event& event) {
  if (member.session->ended()) return;
  member.now = session::time_of(event);
  member.session->handle(event);
}

void SessionGroup::wake(Timestamp at) {
  for (Member& member : members_) {
    if (member.begins > at) continue;
    const Timestamp own = at - (member.begins - Timestamp{});
    if (member.begun && (member.session->ended() || member.session->wake_at() > own)) continue;
    member.begun = true;
    tell(member, session::TimeReached{own});
  }
}

std::optional<Request> SessionGroup::next_request() {
  if (auto cancelled = leftover()) return cancelled;
  for (std::size_t place = 0; place < members_.size(); ++place) {
    if (!running(members_[place])) continue;
    if (const auto request = members_[place].session->next_request())
      return translated(place, *request);
  }
  return std::nullopt;
}

std::optional<Request> SessionGroup::leftover() {
  const auto left = std::ranges::find_if(
      open_, [this](const Open& open) { return members_[open.member].session->ended(); });
  if (left == open_.end()) return std::nullopt;
  const session::CancelTransfer cancel{left->id};
  open_.erase(left);
  return cancel;
}

Request SessionGroup::translated(std::size_t place, const Request& request) {
  Member& member = members_[place];
  add_request(member.fingerprint, member.now, request);
  if (const auto* fetch = std::get_if<session::FetchSegment>(&request)) {
    session::FetchSegment wanted = *fetch;
    wanted.transfer = std::exchange(next_, next_.next());
    const media::Tracks& tracks = member.session->tracks();
    Open& open = open_.emplace_back();
    open.id = wanted.transfer;
    open.own = fetch->transfer;
    open.member = place;
    if (fetch->track == media::TrackKind::video || !tracks.video)
      open.bandwidth = tracks.of(fetch->track)->ladder(fetch->segment)[fetch->representation];
    return wanted;
  }
  if (const auto* given_up = std::get_if<session::CancelTransfer>(&request)) {
    const auto open = std::ranges::find_if(open_, [&](const Open& each) {
      return each.member == place && each.own == given_up->transfer;
    });
    RUNG_CHECK(open != open_.end());
    const session::CancelTransfer cancel{open->id};
    open_.erase(open);
    return cancel;
  }
  return request;
}

Timestamp SessionGroup::wake_at() const {
  Timestamp first = Timestamp::max();
  for (const Member& member : members_) {
    if (!member.begun) {
      first = std::min(first, member.begins);
    } else if (!member.session->ended()) {
      const Timestamp own = member.session->wake_at();
      const auto since = member.begins - Timestamp{};
      if (own < Timestamp::max() - since) first = std::min(first, own + since);
    }
  }
  return first;
}

bool SessionGroup::ended() const {
  return std::ranges::all_of(
      members_, [](const Member& member) { return member.begun && member.session->ended(); });
}

}  // namespace rung::network_sim
