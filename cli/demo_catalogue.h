#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/expected.h"
#include "media/package/packager.h"

namespace rung::cli {

/// What `rung serve` serves of such a directory.
inline constexpr const char* catalogue_file = "catalogue.json";

struct DemoCatalogueOptions {
  int seconds = 24;  ///< Of each title, from 4 on.
  std::uint64_t seed = 1;
  AVRational frame_rate{24, 1};
  package::PackageOptions package;
};

/// The rungs of its titles, where nobody names others.
[[nodiscard]] std::vector<package::Rung> demo_catalogue_ladder();

/// Makes titles and a small series in folders of `directory`, with a picture of each, and at last
/// the feed that names them. `observer` is told of all pictures together.
[[nodiscard]] Expected<void> write_demo_catalogue(const DemoCatalogueOptions& options,
                                                  const std::filesystem::path& directory,
                                                  const package::ProgressObserver& observer);

}  // namespace rung::cli
