#include "media/sample_protection.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>

#include "media/box_reader.h"
#include "media/fragment_reader.h"

namespace rung::media {
namespace {

constexpr std::size_t digits = 32;
/// In front of the boxes within a sample entry (ISO/IEC 14496-12 sections 12.1.3 and 12.2.3).
constexpr std::size_t visual_fields = 78;
constexpr std::size_t audio_fields = 28;
constexpr std::size_t description_fields = 8;  // Of stsd: version, flags and count.

/// How long the fields are in front of the boxes within a protected sample entry; zero where it is
/// not protected.
std::size_t fields_of_protected(const Box& entry) {
  if (entry.type == "encv") return visual_fields;
  return entry.type == "enca" ? audio_fields : 0;
}

/// Calls `take` with each sample entry of an init segment.
template <typename Take>
void each_sample_entry(std::string_view init, const Take& take) {
  const std::string_view movie = within_boxes(init, {"moov"});
  for (auto track = read_box(movie, 0); track; track = read_box(movie, track->end)) {
    if (track->type != "trak") continue;
    const std::string_view entries = within_boxes(track->body, {"mdia", "minf", "stbl", "stsd"});
    for (auto entry = read_box(entries, description_fields); entry;
         entry = read_box(entries, entry->end))
      take(*entry);
  }
}

/// Empty where the sample entry is not protected.
std::string key_id_of(const Box& entry) {
  const std::size_t fields = fields_of_protected(entry);
  if (fields == 0 || entry.body.size() <= fields) return {};
  ByteReader protection(within_boxes(entry.body.substr(fields), {"sinf", "schi", "tenc"}));
  protection.take(8);  // Version and flags; pattern, whether it is protected, vector size.
  std::string id;
  for (std::size_t i = 0; i < digits / 2; ++i) {
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    const std::uint64_t byte = protection.take(1);
    id += hexadecimal[byte >> 4U];
    id += hexadecimal[byte & 15U];
  }
  return protection.overrun() ? std::string() : id;
}

}  // namespace

std::string normal_key_id(std::string_view text) {
  std::string id;
  for (const char c : text) {
    if (c == '-') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0 || id.size() == digits) return {};
    id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return id.size() == digits ? id : std::string();
}

Access access_to(const AdaptationSet& set, const std::set<std::string>& key_ids) {
  if (!set.is_protected) return Access::open;
  if (key_ids.empty()) return Access::locked;
  if (set.key_ids.empty()) return Access::unknown;
  const bool has_all =
      std::ranges::all_of(set.key_ids, [&](const std::string& id) { return key_ids.contains(id); });
  return has_all ? Access::open : Access::locked;
}

std::vector<std::string> sample_formats(std::string_view init) {
  std::vector<std::string> formats;
  each_sample_entry(init, [&](const Box& entry) {
    const std::size_t fields = fields_of_protected(entry);
    const std::string_view original =
        fields > 0 && entry.body.size() > fields
            ? within_boxes(entry.body.substr(fields), {"sinf", "frma"})
            : std::string_view();
    formats.emplace_back(original.size() >= 4 ? original.substr(0, 4) : entry.type);
  });
  return formats;
}

Expected<std::string> default_key_id(std::string_view init) {
  std::string id;
  std::string other;
  each_sample_entry(init, [&](const Box& entry) {
    const std::string own = key_id_of(entry);
    if (own.empty() || own == id) return;
    (id.empty() ? id : other) = own;
  });
  if (!other.empty())
    return failure(ErrorCode::unsupported, "parts of one segment are protected with different keys",
                   id + ", " + other);
  return id;
}

}  // namespace rung::media
