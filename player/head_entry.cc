#include "player/head_entry.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/checksum.h"
#include "core/limits.h"

namespace rung::player {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie");

constexpr std::string_view letters = "RUNGHEAD";
constexpr std::uint32_t version = 1;
constexpr std::size_t checksum_size = sizeof(std::uint64_t);

template <typename Number>
void put_number(std::string& bytes, Number number) {
  static_assert(std::is_arithmetic_v<Number>);
  bytes.append(std::bit_cast<std::array<char, sizeof(Number)>>(number).data(), sizeof(Number));
}

void put_text(std::string& bytes, std::string_view text) {
  put_number(bytes, static_cast<std::uint64_t>(text.size()));
  bytes.append(text);
}

/// Takes from the front until something is missing; from then on everything is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename Number>
  Number number() {
    Number value{};
    const std::string_view bytes = take(sizeof(Number));
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof(Number));
    return value;
  }
  std::string text() { return std::string(take(number<std::uint64_t>())); }
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  [[nodiscard]] bool over() const { return good_ && rest_.empty(); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::uint64_t identity_of(const TitleDocuments& documents) {
  // In whatever order the further ones came.
  std::uint64_t identity = 0;
  for (std::size_t i = 0; i < documents.documents.size(); ++i) {
    const TitleDocuments::Document& one = documents.documents[i];
    std::string all;
    put_text(all, i == 0 ? std::string() : name_of(one.asked));
    put_text(all, one.url);
    put_text(all, one.text);
    identity += checksum(all);
  }
  return std::max(identity, std::uint64_t{1});
}

std::string write_entry(const HeadEntry& entry) {
  std::string bytes(letters);
  bytes.reserve(entry.content.size() + entry.title.size() + entry.resource.size() + 128);
  put_number(bytes, version);
  put_text(bytes, entry.title);
  put_text(bytes, entry.resource);
  put_number(bytes, entry.identity);
  put_number(bytes, std::int64_t{entry.fresh_until.count()});
  put_text(bytes, entry.content);
  put_number(bytes, checksum(bytes));
  return bytes;
}

std::optional<HeadEntry> read_entry(std::string_view bytes) {
  if (bytes.size() < letters.size() + sizeof(version) + checksum_size) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - checksum_size);
  if (Reader(bytes.substr(body.size())).number<std::uint64_t>() != checksum(body))
    return std::nullopt;
  Reader reader(body);
  if (reader.take(letters.size()) != letters || reader.number<std::uint32_t>() != version)
    return std::nullopt;
  HeadEntry entry;
  entry.title = reader.text();
  entry.resource = reader.text();
  entry.identity = reader.number<std::uint64_t>();
  entry.fresh_until = Duration(reader.number<std::int64_t>());
  entry.content = reader.text();
  if (!reader.over()) return std::nullopt;
  return entry;
}

std::string write_documents(const TitleDocuments& documents) {
  std::string content;
  put_number(content, std::uint8_t{documents.private_address});
  put_number(content, static_cast<std::uint64_t>(documents.documents.size()));
  for (const TitleDocuments::Document& one : documents.documents) {
    put_text(content, one.asked.url);
    put_number(content, std::uint8_t{one.asked.range.has_value()});
    const media::ByteRange range = one.asked.range.value_or(media::ByteRange{});
    put_number(content, std::int64_t{range.first});
    put_number(content, std::int64_t{range.length.bytes()});
    put_text(content, one.url);
    put_text(content, one.text);
  }
  return content;
}

std::optional<TitleDocuments> read_documents(std::string_view content) {
  Reader reader(content);
  TitleDocuments documents;
  documents.private_address = reader.number<std::uint8_t>() != 0;
  const auto count = reader.number<std::uint64_t>();
  if (count == 0 || count > limits::documents + 1) return std::nullopt;
  for (std::uint64_t i = 0; i < count && reader.good(); ++i) {
    TitleDocuments::Document one;
    one.asked.url = reader.text();
    const bool ranged = reader.number<std::uint8_t>() != 0;
    const auto first = reader.number<std::int64_t>();
    const ByteCount length(reader.number<std::int64_t>());
    if (ranged) one.asked.range = media::ByteRange{first, length};
    one.url = reader.text();
    one.text = reader.text();
    documents.documents.push_back(std::move(one));
  }
  if (!reader.over()) return std::nullopt;
  return documents;
}

std::string name_of(const media::Resource& resource) {
  // No blank is part of a URL on the wire.
  std::string name = resource.url;
  if (resource.range)
    name += ' ' + std::to_string(resource.range->first) + ' ' +
            std::to_string(resource.range->length.bytes());
  return name;
}

}  // namespace rung::player
