#pragma once

#include <string>
#include <string_view>

#include "core/expected.h"
#include "recommend/recommender.h"

namespace rung::recommend {

/// The recommender as bytes, the same ones on every machine: the letters RUNGNEXT, the version of
/// the format (4 bytes), the size of what follows (8 bytes), the content, and a checksum over all
/// before it (FNV-1a of 64 bits). Numbers are little-endian; docs/recommend.md lists the content.
[[nodiscard]] std::string write_recommender(const Recommender& recommender);

/// Reads what write_recommender wrote. Fails with malformed for what is no such file, cut short,
/// damaged or inconsistent, with unsupported for another version, and with limit_exceeded for more
/// than core/limits.h allows. `name` is for the error.
[[nodiscard]] Expected<Recommender> read_recommender(std::string_view bytes,
                                                     const std::string& name);

}  // namespace rung::recommend
