#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::media {

/// A parsed XML document with typed access to its attributes. The first failure is kept and later
/// ones are not, so a caller reads on with harmless values and asks for the error where it suits.
/// No DTD is read, no entity but the five of XML itself and character references. Elements of the
/// root element's namespace prefix are found by their local names. A resource.
class XmlReader {
 public:
  /// What becomes of text that is but white space.
  enum class Blanks { dropped, kept };

  /// `name` is what messages call the document. Fails unless `text` is well-formed with all
  /// prefixes declared, nests at most limits::xml_depth deep, and has a root element with this
  /// local name.
  static Expected<std::unique_ptr<XmlReader>> create(std::string_view text, std::string name,
                                                     std::string_view root,
                                                     Blanks blanks = Blanks::dropped);

  [[nodiscard]] pugi::xml_node root() const { return root_; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  /// Calls `visit(child)` for the children with this local name, until a failure.
  template <typename Visit>
  void each(pugi::xml_node parent, std::string_view name, Visit visit) {
    for (const pugi::xml_node child : parent.children())
      if (!error_ && is(child, name)) visit(child);
  }
  /// The first child with this local name; null when there is none.
  [[nodiscard]] pugi::xml_node child(pugi::xml_node parent, std::string_view name) const;
  [[nodiscard]] bool is(pugi::xml_node node, std::string_view name) const;

  /// Attributes; nullopt where missing. A malformed or out of range value is a failure.
  [[nodiscard]] std::optional<std::string> text(pugi::xml_node node, const char* name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(
      pugi::xml_node node, const char* name, std::int64_t min = 0,
      std::int64_t max = std::numeric_limits<std::int64_t>::max());
  [[nodiscard]] std::optional<double> real(pugi::xml_node node, const char* name);
  [[nodiscard]] std::optional<Duration> duration(pugi::xml_node node, const char* name);
  /// Like duration(), but a malformed one counts as missing: for what playback can do without.
  [[nodiscard]] std::optional<Duration> duration_hint(pugi::xml_node node, const char* name) const;
  [[nodiscard]] std::optional<Duration> instant(pugi::xml_node node, const char* name);

  void fail(pugi::xml_node node, std::string message, ErrorCode code = ErrorCode::malformed);
  /// Counts what the document is expanded to in memory: a small one could inherit a long list of
  /// segments thousands of times. Fails beyond limits::expanded_manifest_size; says if it did not.
  bool charge(pugi::xml_node node, std::size_t bytes);

 private:
  XmlReader(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}
  [[nodiscard]] std::string where(pugi::xml_node node) const;
  [[nodiscard]] std::string line(std::ptrdiff_t offset) const;

  std::string_view text_;
  std::string name_;
  pugi::xml_document document_;
  pugi::xml_node root_;
  std::string prefix_;  ///< Of the root element, with its colon.
  std::optional<Error> error_;
  ByteCount expanded_;
};

/// `text` in quotation marks, cut short where it is long, for messages.
[[nodiscard]] std::string quoted(std::string_view text);
/// `text` without XML white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace rung::media
