#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/presentation.h"

namespace rung::player {

/// The documents of which a title was made. A value.
struct TitleDocuments {
  struct Document {
    media::Resource asked;
    std::string url;  ///< After redirects.
    std::string text;
    friend bool operator==(const Document&, const Document&) = default;
  };
  bool private_address = false;     ///< The manifest came from one.
  std::vector<Document> documents;  ///< The manifest first, the further ones in any order.

  friend bool operator==(const TitleDocuments&, const TitleDocuments&) = default;
};

/// The same for the same documents, and never 0: what was fetched by other documents is not used.
[[nodiscard]] std::uint64_t identity_of(const TitleDocuments& documents);

/// One file of player::HeadCache. A value.
struct HeadEntry {
  std::string title;           ///< The URL that was asked for.
  std::string resource;        ///< Which one of the title; empty for its documents.
  std::uint64_t identity = 0;  ///< Of the documents by which it was fetched.
  Duration fresh_until{};      ///< Since 1970.
  std::string content;
  friend bool operator==(const HeadEntry&, const HeadEntry&) = default;
};

/// The entry as bytes: the letters RUNGHEAD, the version of the format (4 bytes), the fields, each
/// text behind its length (8 bytes), and a checksum over all before it (core/checksum.h). Numbers
/// are little-endian.
[[nodiscard]] std::string write_entry(const HeadEntry& entry);
/// Nothing where it is no entry, of another version, cut short or damaged.
[[nodiscard]] std::optional<HeadEntry> read_entry(std::string_view bytes);

/// Documents as the content of an entry.
[[nodiscard]] std::string write_documents(const TitleDocuments& documents);
[[nodiscard]] std::optional<TitleDocuments> read_documents(std::string_view content);

/// A resource as HeadEntry names it.
[[nodiscard]] std::string name_of(const media::Resource& resource);

}  // namespace rung::player
