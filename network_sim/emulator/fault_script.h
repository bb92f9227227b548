#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::emulator {

/// What is to go wrong with one response; docs/serve.md describes the script.
struct Fault {
  enum class Kind {
    status,          ///< Answer with `status` instead of the file.
    close,           ///< Close the connection after `bytes` of the body.
    reset,           ///< Reset the connection after `bytes` of the body.
    hang_up,         ///< Close the connection instead of an answer.
    cut,             ///< Answer as if the body ended after `bytes`.
    no_length,       ///< Tell no length: the body ends with the connection.
    ignore_range,    ///< Answer with the whole where a part is asked for.
    stall,           ///< Send nothing more after `bytes` of the body, and stay.
    hang,            ///< Never answer, and stay.
    content_length,  ///< Announce `bytes` more (or fewer, below zero) than are sent.
    slow,            ///< Send no faster than `bytes` a second.
    refuse,          ///< Reset the connection instead of an answer.
    delay,           ///< Answer `wait` later.
    corrupt,         ///< Invert all bits of the body behind its first `bytes`.
    endless,         ///< Tell no length, and begin the file again at its end, for ever.
    body,            ///< Answer with `text` of the type `value` instead of the file.
    field,           ///< Add the header field `text` with `value`.
    header_flood,    ///< Add `bytes` of header fields.
    gzip_bomb,       ///< Answer with so little that unpacks to `bytes` zeros.
    wrong_range,     ///< Name a range that lies `bytes` further than the one asked for.
  };
  Kind kind{};
  int status = 0;
  std::int64_t bytes = 0;
  Duration wait{};
  std::string retry_after;  ///< The header field's value; empty for none.
  std::string location;     ///< The same.
  std::string text;
  std::string value;
  friend bool operator==(const Fault&, const Fault&) = default;
};

/// The word of the script for it: "content-length", ...
[[nodiscard]] std::string_view to_string(Fault::Kind kind);

/// Which requests are to fail, and how. Counts the requests that it is shown.
class FaultScript {
 public:
  /// Fails (malformed) with a reason that names the rule.
  [[nodiscard]] static Expected<FaultScript> create(std::string_view json, const std::string& name);
  /// A script without rules.
  FaultScript();
  ~FaultScript();
  FaultScript(FaultScript&&) noexcept;
  FaultScript& operator=(FaultScript&&) noexcept;

  /// The fault of the first rule that the request with this target meets. Every rule counts the
  /// requests that match it, also those that an earlier rule has met.
  [[nodiscard]] std::optional<Fault> next(std::string_view target);

 private:
  struct Rule;

  std::vector<Rule> rules_;
};

}  // namespace rung::emulator
