#include "media/mpd_patch.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "media/url_policy.h"
#include "media/xml_reader.h"

namespace rung::media {
namespace {

/// What all operations of a patch may look at: nodes, attributes and what they are called.
constexpr std::int64_t most_visits = 20'000'000;
/// Of a name or a value, so much is one visit.
constexpr std::size_t bytes_of_visit = 64;

std::string_view local_name(std::string_view name) {
  return name.substr(name.find(':') + 1);  // From 0 on where there is no colon.
}

/// One step of a selector.
struct Step {
  struct Predicate {
    std::size_t position = 0;  ///< From 1 on; 0: by attribute.
    std::string attribute;
    std::string value;
  };
  std::string name;
  std::vector<Predicate> predicates;
};

/// Where a selector points: at an element, or something of it.
struct Selector {
  std::vector<Step> steps;
  std::string attribute;  ///< Without the @; empty where none is meant.
  bool text = false;
};

bool is_name(std::string_view text) {
  constexpr std::string_view others = "-._:";
  return !text.empty() &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "-._:") == std::string_view::npos &&
         others.find(text.front()) == std::string_view::npos;
}

/// "2" or "@id='7'".
std::optional<Step::Predicate> read_predicate(std::string_view text) {
  text = trimmed(text);
  Step::Predicate predicate;
  if (!text.starts_with('@')) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), predicate.position);
    if (error != std::errc() || end != text.data() + text.size() || predicate.position == 0)
      return std::nullopt;
    return predicate;
  }
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = trimmed(text.substr(1, equals - 1));
  const std::string_view value = trimmed(text.substr(equals + 1));
  if (!is_name(name) || value.size() < 2 || (value.front() != '\'' && value.front() != '"') ||
      value.back() != value.front())
    return std::nullopt;
  predicate.attribute = name;
  predicate.value = value.substr(1, value.size() - 2);
  return predicate;
}

/// The end of what stands in brackets, which may hold a bracket in quotes.
std::size_t closing_bracket(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == ']')
      return i;
  }
  return std::string_view::npos;
}

/// Nullopt where it is another XPath.
std::optional<Selector> read_selector(std::string_view text) {
  text = trimmed(text);
  Selector selector;
  while (!text.empty()) {
    if (!text.starts_with('/') || selector.text || !selector.attribute.empty()) return std::nullopt;
    text.remove_prefix(1);
    const std::string_view name = text.substr(0, text.find_first_of("/["));
    text.remove_prefix(name.size());
    if (name == "text()") {
      selector.text = true;
      continue;
    }
    if (name.starts_with('@')) {
      if (!is_name(name.substr(1))) return std::nullopt;
      selector.attribute = name.substr(1);
      continue;
    }
    if (!is_name(name)) return std::nullopt;
    Step step{.name = std::string(local_name(name)), .predicates = {}};
    while (text.starts_with('[')) {
      text.remove_prefix(1);
      const std::size_t end = closing_bracket(text);
      if (end == std::string_view::npos) return std::nullopt;
      auto predicate = read_predicate(text.substr(0, end));
      if (!predicate) return std::nullopt;
      step.predicates.push_back(*std::move(predicate));
      text.remove_prefix(end + 1);
    }
    selector.steps.push_back(std::move(step));
  }
  if (selector.steps.empty()) return std::nullopt;
  return selector;
}

/// Applies a patch to an MPD, operation by operation.
class Patcher {
 public:
  Patcher(XmlReader& mpd, XmlReader& patch)
      : mpd_(mpd), patch_(patch), root_name_(local_name(mpd.root().name())) {
    const std::string_view name = mpd.root().name();
    prefix_ = name.substr(0, name.size() - root_name_.size());
  }

  /// Errors are the patch's.
  void apply() {
    const pugi::xml_node patch = patch_.root();
    for (const pugi::xml_attribute attribute : patch.attributes()) declare(attribute);
    for (const pugi::xml_node operation : patch.children()) {
      if (patch_.error()) return;
      if (operation.type() != pugi::node_element) continue;
      const auto text = patch_.text(operation, "sel");
      const auto selector = text ? read_selector(*text) : std::nullopt;
      if (!selector)
        return patch_.fail(operation,
                           "the selector " + quoted(text.value_or("")) + " is not supported",
                           ErrorCode::unsupported);
      const pugi::xml_node target = find(operation, *selector);
      if (!target) return;
      if (patch_.is(operation, "add"))
        add(operation, *selector, target);
      else if (patch_.is(operation, "replace"))
        replace(operation, *selector, target);
      else if (patch_.is(operation, "remove"))
        remove(operation, *selector, target);
      else
        patch_.fail(operation, "is no operation of a patch", ErrorCode::unsupported);
    }
  }

 private:
  /// Counts a look at what bears this name or value; fails where they are too many.
  bool visit(std::string_view text) {
    visits_ += 1 + static_cast<std::int64_t>(text.size() / bytes_of_visit);
    if (visits_ <= most_visits) return true;
    patch_.fail(patch_.root(), "the operations take too much work", ErrorCode::limit_exceeded);
    return false;
  }

  /// Null where there is none; as with all that looks, what it finds is nothing where the work has
  /// become too much.
  pugi::xml_attribute attribute_of(pugi::xml_node node, std::string_view name) {
    for (const pugi::xml_attribute attribute : node.attributes()) {
      const std::string_view own = attribute.name();
      if (!visit(own)) break;
      if (own == name) return attribute;
    }
    return {};
  }

  /// Prefixes that the patch declares hold for what comes out of it.
  void declare(pugi::xml_attribute attribute) {
    const std::string_view name = attribute.name();
    if (!name.starts_with("xmlns:")) return;
    if (std::string_view(attribute.value()).starts_with("urn:mpeg:dash:schema:mpd"))
      dash_prefixes_.insert(std::string(name.substr(6)) + ':');
    pugi::xml_node root = mpd_.root();
    if (!attribute_of(root, name))
      root.append_attribute(attribute.name()).set_value(attribute.value());
  }

  /// The one element; null, with an error, where there is none or more.
  pugi::xml_node find(pugi::xml_node operation, const Selector& selector) {
    std::vector<pugi::xml_node> found;
    if (root_name_ == selector.steps.front().name && holds(mpd_.root(), selector.steps.front()))
      found.push_back(mpd_.root());
    for (std::size_t i = 1; i < selector.steps.size(); ++i) {
      std::vector<pugi::xml_node> next;
      for (const pugi::xml_node node : found) select(node, selector.steps[i], next);
      found = std::move(next);
    }
    if (found.size() != 1)
      patch_.fail(operation, "the selector points at " + std::to_string(found.size()) +
                                 " elements, and not at one");
    return found.size() == 1 && !patch_.error() ? found.front() : pugi::xml_node();
  }

  /// Of the root element, which has no siblings.
  bool holds(pugi::xml_node node, const Step& step) {
    for (const Step::Predicate& predicate : step.predicates)
      if (predicate.position > 0 ? predicate.position != 1 : !has(node, predicate)) return false;
    return true;
  }
  bool has(pugi::xml_node node, const Step::Predicate& predicate) {
    const pugi::xml_attribute attribute = attribute_of(node, predicate.attribute);
    const std::string_view value = attribute.value();
    return attribute && visit(value) && predicate.value == value;
  }

  void select(pugi::xml_node parent, const Step& step, std::vector<pugi::xml_node>& into) {
    std::vector<pugi::xml_node> nodes;
    for (const pugi::xml_node child : parent.children()) {
      const std::string_view name = child.name();
      if (!visit(name)) return;
      if (child.type() == pugi::node_element && local_name(name) == step.name)
        nodes.push_back(child);
    }
    for (const Step::Predicate& predicate : step.predicates) {
      if (predicate.position == 0) {
        std::erase_if(nodes, [&](pugi::xml_node node) { return !has(node, predicate); });
      } else if (predicate.position > nodes.size()) {
        nodes.clear();
      } else {
        nodes = {nodes[predicate.position - 1]};
      }
    }
    into.insert(into.end(), nodes.begin(), nodes.end());
  }

  void add(pugi::xml_node operation, const Selector& selector, pugi::xml_node target) {
    if (selector.text || !selector.attribute.empty())
      return patch_.fail(operation, "adds to what is no element");
    const std::string type = patch_.text(operation, "type").value_or("");
    if (type.starts_with('@')) {
      const std::string name = type.substr(1);
      if (!is_name(name) || attribute_of(target, name))
        return patch_.fail(operation, "the attribute is there already, or is none");
      target.append_attribute(name.c_str()).set_value(operation.child_value());
      return;
    }
    if (!type.empty())
      return patch_.fail(operation, "type=" + quoted(type) + " is not supported",
                         ErrorCode::unsupported);
    const std::string position = patch_.text(operation, "pos").value_or("");
    const bool beside = position == "before" || position == "after";
    if ((!beside && position != "prepend" && !position.empty()) ||
        (beside && target == mpd_.root()))
      return patch_.fail(operation, "pos=" + quoted(position) + " is no place for it");
    pugi::xml_node parent = beside ? target.parent() : target;
    // What comes next follows what came last.
    pugi::xml_node last = position == "after" ? target : pugi::xml_node();
    for (const pugi::xml_node content : operation.children()) {
      if (position.empty())
        last = parent.append_copy(content);
      else if (last)
        last = parent.insert_copy_after(content, last);
      else if (position == "prepend")
        last = parent.prepend_copy(content);
      else
        last = parent.insert_copy_before(content, target);
      settle(last);
    }
  }

  void replace(pugi::xml_node operation, const Selector& selector, pugi::xml_node target) {
    if (!selector.attribute.empty()) {
      pugi::xml_attribute attribute = attribute_of(target, selector.attribute);
      if (!attribute) return patch_.fail(operation, "there is no such attribute");
      attribute.set_value(operation.child_value());
      return;
    }
    if (selector.text) {
      pugi::xml_node text = text_from(target.first_child());
      if (!text) text = target.append_child(pugi::node_pcdata);
      text.set_value(operation.child_value());
      return;
    }
    const pugi::xml_node content = operation.first_child();
    if (content.type() != pugi::node_element || content.next_sibling() || target == mpd_.root())
      return patch_.fail(operation, "an element is replaced by one other");
    const pugi::xml_node copy = target.parent().insert_copy_before(content, target);
    target.parent().remove_child(target);
    settle(copy);
  }

  void remove(pugi::xml_node operation, const Selector& selector, pugi::xml_node target) {
    if (!selector.attribute.empty()) {
      if (!target.remove_attribute(attribute_of(target, selector.attribute)))
        patch_.fail(operation, "there is no such attribute");
    } else if (selector.text) {
      for (pugi::xml_node text = text_from(target.first_child()); text;) {
        const pugi::xml_node next = text_from(text.next_sibling());
        target.remove_child(text);
        text = next;
      }
    } else if (target == mpd_.root()) {
      patch_.fail(operation, "the MPD itself cannot be removed");
    } else {
      target.parent().remove_child(target);
    }
  }

  /// The first text among `node` and the siblings behind it; null where there is none.
  pugi::xml_node text_from(pugi::xml_node node) {
    for (; node && visit({}); node = node.next_sibling())
      if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) return node;
    return {};
  }

  /// Gives elements of DASH the prefix that they have in the MPD.
  void settle(pugi::xml_node added) {
    pugi::xml_node node = added;
    for (;;) {
      rename(node);
      if (node.first_child()) {
        node = node.first_child();
        continue;
      }
      while (node != added && !node.next_sibling()) node = node.parent();
      if (node == added) return;
      node = node.next_sibling();
    }
  }
  void rename(pugi::xml_node node) {
    if (node.type() != pugi::node_element) return;
    const std::string name = node.name();
    const std::size_t colon = name.find(':');
    const std::string prefix = name.substr(0, colon == std::string::npos ? 0 : colon + 1);
    const bool of_dash = prefix.empty() || dash_prefixes_.contains(prefix);
    if (of_dash && prefix != prefix_ && visit(prefix_))
      node.set_name((prefix_ + std::string(local_name(name))).c_str());
  }

  XmlReader& mpd_;
  XmlReader& patch_;
  std::string root_name_;                ///< Of the MPD's own element, without its prefix.
  std::string prefix_;                   ///< That element's, with its colon.
  std::set<std::string> dash_prefixes_;  ///< With their colons.
  std::int64_t visits_ = 0;
};

/// Collects what pugixml prints, up to a measure.
class BoundedText : public pugi::xml_writer {
 public:
  void write(const void* data, std::size_t size) override {
    if (std::cmp_less_equal(text_.size() + size, limits::manifest_size.bytes()))
      text_.append(static_cast<const char*>(data), size);
    else
      full_ = true;
  }
  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool full_ = false;
};

}  // namespace

Expected<std::string> patched_mpd(std::string_view mpd, std::string_view patch,
                                  const std::string& url) {
  const std::string name = redacted_url(url);
  auto document = XmlReader::create(mpd, "the manifest", "MPD");
  if (!document) return tl::unexpected<Error>(document.error());
  auto changes = XmlReader::create(patch, name, "Patch");
  if (!changes) return tl::unexpected<Error>(changes.error());
  XmlReader& manifest = **document;
  XmlReader& operations = **changes;
  const auto of_patch = [&](const char* attribute) {
    return operations.text(operations.root(), attribute);
  };
  const auto id = manifest.text(manifest.root(), "id");
  if (!id || of_patch("mpdId") != id)
    return failure(ErrorCode::malformed, "is the patch of another manifest", name);
  if (of_patch("originalPublishTime") != manifest.text(manifest.root(), "publishTime"))
    return failure(ErrorCode::malformed, "is the patch of another state of the manifest", name);
  Patcher(manifest, operations).apply();
  if (operations.error()) return tl::unexpected<Error>(*operations.error());
  if (manifest.text(manifest.root(), "publishTime") != of_patch("publishTime"))
    return failure(ErrorCode::malformed, "does not lead to the state that it announces", name);
  BoundedText text;
  manifest.root().print(text, "", pugi::format_raw);
  if (text.full()) return failure(ErrorCode::limit_exceeded, "makes the manifest too large", name);
  return text.take();
}

}  // namespace rung::media
