#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "core/units.h"

namespace rung::player {

/// How a request tells the server of the playback that it is part of.
enum class CmcdMode : std::uint8_t { off, headers, query };

/// Common Media Client Data (CTA-5004, version 1): what one request says beside what it asks for.
/// What is not known is not said. A value.
struct Cmcd {
  enum class Object : std::uint8_t { manifest, audio, video, muxed, init };

  Object object = Object::manifest;               ///< ot
  std::optional<BitRate> bandwidth = {};          ///< br: of the representation.
  std::optional<BitRate> top_bandwidth = {};      ///< tb: of the highest one of its ladder.
  std::optional<Duration> duration = {};          ///< d: of the segment.
  std::optional<Duration> buffer_level = {};      ///< bl: of its track.
  std::optional<Duration> deadline = {};          ///< dl: until it is late.
  std::optional<BitRate> throughput = {};         ///< mtp: as it is forecast.
  std::string next_object = {};                   ///< nor: relative to the request's URL.
  bool startup = false;                           ///< su: the picture waits for it.
  bool starved = false;                           ///< bs: a stall since the last request.
  int playback_percent = 100;                     ///< pr: 0 while paused
  std::optional<BitRate> enough_throughput = {};  ///< rtp: more is of no use.
  std::string content_id = {};                    ///< cid
  std::string session_id = {};                    ///< sid
  char format = 0;                                ///< sf: 'd' DASH, 'h' HLS; 0 unknown.
  char stream_type = 0;                           ///< st: 'v' on demand, 'l' live; 0 unknown.
};

/// The header fields "CMCD-Object: br=...", those without a key left out.
[[nodiscard]] std::vector<std::string> cmcd_fields(const Cmcd& facts);
/// The value of the query argument `CMCD`, percent-encoded.
[[nodiscard]] std::string cmcd_query(const Cmcd& facts);

/// `to` as seen from `from`, for `nor`; empty where they do not lie on one server.
[[nodiscard]] std::string relative_reference(const std::string& from, const std::string& to);

}  // namespace rung::player
