#include "player/arrival_check.h"

namespace rung::player {
namespace {

/// Of the tables of a transport stream, which may stand where an init segment does.
constexpr char transport_sync = 0x47;

/// With which no segment of sound or pictures begins, but a page, a playlist or an answer in JSON.
bool is_text(char first) { return first == '<' || first == '#' || first == '{'; }

}  // namespace

void ArrivalCheck::take(std::span<const std::byte> bytes) {
  boxes_.take(bytes);
  if (!first_ && !bytes.empty()) first_ = static_cast<char>(bytes.front());
}

std::optional<ArrivalCheck::Defect> ArrivalCheck::defect(Of what,
                                                         std::string_view content_type) const {
  using enum session::FailureKind;
  if (!first_) return Defect{truncated, "is empty"};
  if (boxes_.ends_inside_a_box())
    return Defect{incomplete, "ends inside of a box, so its file is cut short"};
  if (is_text(*first_))
    return Defect{incomplete, "is a text (" + std::string(content_type) + ") and no media"};
  const bool no_init = boxes_.foreign() ? *first_ != transport_sync : boxes_.lacks_movie();
  if (what == Of::init && no_init) return Defect{incomplete, "is no init segment"};
  return std::nullopt;
}

}  // namespace rung::player
