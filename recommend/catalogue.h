#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::recommend {

enum class TitleKind : std::uint8_t { film, episode, track, podcast };
[[nodiscard]] std::string_view to_string(TitleKind kind);

/// A title of a catalogue, as its feed tells of it. A value.
struct CatalogueTitle {
  std::string id;  ///< What logs of plays and models call it.
  std::string name;
  std::string text;
  TitleKind kind = TitleKind::film;
  /// The series, album or show that it belongs to, with its place there; empty for none.
  std::string series;
  int season = 0;
  int episode = 0;
  std::vector<std::string> genres;
  std::vector<std::string> people;
  std::string manifest;    ///< Absolute URLs.
  std::string artwork;     ///< Empty for none.
  std::int64_t added = 0;  ///< Seconds since 1970; 0 where it is not told.
  std::int64_t plays = 0;  ///< By all viewers.
  std::optional<Duration> length;
  std::optional<ByteCount> manifest_size;
  std::optional<ByteCount> head_size;  ///< Of the first six seconds.

  friend bool operator==(const CatalogueTitle&, const CatalogueTitle&) = default;
};

/// All titles that may be played; docs/catalogue.md. A value.
class Catalogue {
 public:
  /// Reads a feed. `base` is its URL, which references in it are relative to, or a file's path.
  /// Fails with malformed, limit_exceeded or refused; the error names the title.
  [[nodiscard]] static Expected<Catalogue> parse(std::string_view feed, const std::string& base);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<CatalogueTitle>& titles() const { return titles_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const;
  /// What follows in the series; nothing behind its end, and where the title belongs to none.
  [[nodiscard]] std::optional<std::size_t> next_in_series(std::size_t title) const;
  /// By plays, then in the order of the feed.
  [[nodiscard]] const std::vector<std::size_t>& by_popularity() const { return by_popularity_; }

 private:
  [[nodiscard]] Expected<void> order(const std::string& name);

  std::string name_;
  std::vector<CatalogueTitle> titles_;
  std::vector<std::size_t> by_id_;
  std::vector<std::size_t> follower_;  ///< titles_.size() for none.
  std::vector<std::size_t> by_popularity_;
};

}  // namespace rung::recommend
