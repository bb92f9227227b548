#include "media/xml_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "media/iso8601.h"

namespace rung::media {
namespace {

/// Goes through all elements and finds the first that breaks a rule. Without recursion: the
/// document may nest a million deep.
class StructureCheck {
 public:
  /// The element that is wrong, or null, and what is wrong with it.
  struct Finding {
    pugi::xml_node node;
    ErrorCode code{};
    std::string message;
  };

  Finding check(pugi::xml_node root) {
    pugi::xml_node node = root;
    while (enter(node)) {
      if (const pugi::xml_node first = node.first_child()) {
        node = first;
        continue;
      }
      while (leave(node), node != root && !node.next_sibling()) node = node.parent();
      if (node == root) return {};
      node = node.next_sibling();
    }
    return std::move(finding_);
  }

 private:
  bool enter(pugi::xml_node node) {
    const std::size_t declared = prefixes_.size();
    for (const pugi::xml_attribute attribute : node.attributes()) {
      const std::string_view name = attribute.name();
      if (!name.starts_with("xmlns:")) continue;
      prefixes_.push_back(name.substr(6));
      ++declarations_[prefixes_.back()];
    }
    scopes_.push_back(declared);
    if (scopes_.size() > static_cast<std::size_t>(limits::xml_depth) + 1)
      return find(node, ErrorCode::limit_exceeded,
                  "elements are nested more than " + std::to_string(limits::xml_depth) + " deep");
    if (node.type() != pugi::node_element) return true;
    if (!is_declared(node.name())) return find_undeclared(node, node.name());
    for (const pugi::xml_attribute attribute : node.attributes())
      if (!is_declared(attribute.name())) return find_undeclared(node, attribute.name());
    return true;
  }

  void leave(pugi::xml_node) {
    for (; prefixes_.size() > scopes_.back(); prefixes_.pop_back())
      if (const auto one = declarations_.find(prefixes_.back()); --one->second == 0)
        declarations_.erase(one);
    scopes_.pop_back();
  }

  [[nodiscard]] bool is_declared(std::string_view name) const {
    const auto colon = name.find(':');
    if (colon == std::string_view::npos) return true;
    const std::string_view prefix = name.substr(0, colon);
    return prefix == "xml" || prefix == "xmlns" || declarations_.contains(prefix);
  }

  bool find_undeclared(pugi::xml_node node, std::string_view name) {
    return find(node, ErrorCode::malformed,
                "the namespace prefix of " + quoted(name) + " is not declared");
  }

  bool find(pugi::xml_node node, ErrorCode code, std::string message) {
    finding_ = Finding{node, code, std::move(message)};
    return false;
  }

  std::vector<std::string_view> prefixes_;  ///< Declared by the elements around.
  /// How many of them declare one. Sorted: no document can make it slow, as it could a hash table.
  std::map<std::string_view, int> declarations_;
  std::vector<std::size_t> scopes_;  ///< How many there were outside, by depth.
  Finding finding_;
};

/// Line ends in the first `size` bytes that `text` has as UTF-8, which is what offsets count: it
/// may be in UTF-16, which its byte order mark tells.
std::ptrdiff_t line_ends(std::string_view text, std::size_t size) {
  const bool big = text.starts_with("\xFE\xFF");
  if (!big && !text.starts_with("\xFF\xFE")) return std::ranges::count(text.substr(0, size), '\n');
  std::ptrdiff_t ends = 0;
  std::size_t passed = 0;
  for (std::size_t i = 0; i + 1 < text.size() && passed < size; i += 2) {
    const auto byte = [&](std::size_t at) -> unsigned {
      return static_cast<unsigned char>(text[at]);
    };
    const unsigned unit = big ? byte(i) << 8U | byte(i + 1) : byte(i + 1) << 8U | byte(i);
    ends += unit == '\n' ? 1 : 0;
    // Each half of a pair of surrogates stands for two bytes of its four.
    const bool is_half = unit >= 0xD800 && unit < 0xE000;
    passed += unit < 0x80 ? 1U : unit < 0x800 || is_half ? 2U : 3U;
  }
  return ends;
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string result = "\"";
  result += text.substr(0, longest);
  result += text.size() > longest ? "...\"" : "\"";
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Expected<std::unique_ptr<XmlReader>> XmlReader::create(std::string_view text, std::string name,
                                                       std::string_view root, Blanks blanks) {
  std::unique_ptr<XmlReader> reader(new XmlReader(text, std::move(name)));
  const unsigned how =
      pugi::parse_default | (blanks == Blanks::kept ? unsigned{pugi::parse_ws_pcdata} : 0U);
  const pugi::xml_parse_result result =
      reader->document_.load_buffer(text.data(), text.size(), how);
  if (!result)
    return failure(ErrorCode::malformed,
                   std::string("is not well-formed XML: ") + result.description(),
                   reader->name_ + " " + reader->line(result.offset));
  reader->root_ = reader->document_.document_element();
  const std::string_view root_name = reader->root_.name();
  const auto colon = root_name.find(':');
  if (colon != std::string_view::npos) reader->prefix_ = root_name.substr(0, colon + 1);
  if (!reader->is(reader->root_, root))
    return failure(ErrorCode::malformed, "the root element is not <" + std::string(root) + ">",
                   reader->where(reader->root_));
  if (auto finding = StructureCheck().check(reader->root_); finding.node)
    return failure(finding.code, std::move(finding.message), reader->where(finding.node));
  return reader;
}

pugi::xml_node XmlReader::child(pugi::xml_node parent, std::string_view name) const {
  for (const pugi::xml_node node : parent.children())
    if (is(node, name)) return node;
  return {};
}

bool XmlReader::is(pugi::xml_node node, std::string_view name) const {
  const std::string_view full = node.name();
  return full.size() == prefix_.size() + name.size() && full.starts_with(prefix_) &&
         full.ends_with(name);
}

std::optional<std::string> XmlReader::text(pugi::xml_node node, const char* name) const {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) return std::nullopt;
  return attribute.value();
}

std::optional<std::int64_t> XmlReader::integer(pugi::xml_node node, const char* name,
                                               std::int64_t min, std::int64_t max) {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) return std::nullopt;
  std::string_view digits = trimmed(attribute.value());
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < min || value > max) {
    fail(node, std::string(name) + "=" + quoted(attribute.value()) + " is not a whole number" +
                   (min > 0    ? " above zero"
                    : min == 0 ? " from zero on"
                               : "") +
                   " in range");
    return std::nullopt;
  }
  return value;
}

std::optional<double> XmlReader::real(pugi::xml_node node, const char* name) {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) return std::nullopt;
  std::string_view digits = trimmed(attribute.value());
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
    fail(node, std::string(name) + "=" + quoted(attribute.value()) + " is not a number");
    return std::nullopt;
  }
  return value;
}

std::optional<Duration> XmlReader::duration(pugi::xml_node node, const char* name) {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) return std::nullopt;
  const auto value = parse_iso8601_duration(attribute.value());
  if (!value || *value < Duration::zero()) {
    fail(node, std::string(name) + "=" + quoted(attribute.value()) +
                   " is not a duration such as \"PT1H2M3.5S\" in range");
    return std::nullopt;
  }
  return value;
}

std::optional<Duration> XmlReader::duration_hint(pugi::xml_node node, const char* name) const {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) return std::nullopt;
  const auto value = parse_iso8601_duration(attribute.value());
  return value && *value >= Duration::zero() ? value : std::nullopt;
}

std::optional<Duration> XmlReader::instant(pugi::xml_node node, const char* name) {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) return std::nullopt;
  const auto value = parse_iso8601_instant(attribute.value());
  if (!value)
    fail(node, std::string(name) + "=" + quoted(attribute.value()) +
                   " is not a date and time such as \"2024-02-29T12:00:00Z\"");
  return value;
}

void XmlReader::fail(pugi::xml_node node, std::string message, ErrorCode code) {
  if (!error_) error_ = Error{code, std::move(message), where(node)};
}

bool XmlReader::charge(pugi::xml_node node, std::size_t bytes) {
  expanded_ += ByteCount(static_cast<std::int64_t>(bytes));
  if (expanded_ > limits::expanded_manifest_size)
    fail(node,
         "the document expands to more than " +
             std::to_string(limits::expanded_manifest_size.bytes()) + " bytes",
         ErrorCode::limit_exceeded);
  return !error_;
}

std::string XmlReader::where(pugi::xml_node node) const {
  if (!node) return name_;
  return name_ + " " + line(node.offset_debug()) + " <" + node.name() + ">";
}

std::string XmlReader::line(std::ptrdiff_t offset) const {
  const auto size = static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0));
  return "line " + std::to_string(line_ends(text_, size) + 1);
}

}  // namespace rung::media
