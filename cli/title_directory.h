#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "core/units.h"
#include "media/presentation.h"
#include "media/track_selection.h"

namespace rung::cli {

/// The directory of a manifest, and what of it the manifest refers to. A value.
class TitleDirectory {
 public:
  explicit TitleDirectory(const std::string& manifest)
      : directory_(std::filesystem::path(manifest).parent_path()) {}

  /// The file that a resource of the manifest's presentation stands for; refused where it lies
  /// elsewhere.
  [[nodiscard]] Expected<std::string> file_of(const std::string& url) const;
  [[nodiscard]] Expected<ByteCount> size_of(const media::Resource& resource) const;
  [[nodiscard]] Expected<std::string> read(const media::Resource& resource) const;
  /// `error` with the path of the file where it tells a URL of the directory.
  [[nodiscard]] Error located(Error error) const;

 private:
  std::filesystem::path directory_;
};

/// The tracks of a manifest on disk, chosen as `rung play` chooses them.
[[nodiscard]] Expected<media::TrackSelection> load_selection(const std::string& path,
                                                             std::string_view text,
                                                             const TitleDirectory& directory);

}  // namespace rung::cli
