#include "network_sim/emulator/mpd_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <sstream>
#include <vector>

namespace rung::emulator {
namespace {

using Nodes = std::vector<pugi::xml_node>;

Nodes children(pugi::xml_node parent, std::string_view name) {
  Nodes nodes;
  for (const pugi::xml_node child : parent.children())
    if (child.type() == pugi::node_element && name == child.name()) nodes.push_back(child);
  return nodes;
}

std::string_view id_of(pugi::xml_node node) { return node.attribute("id").value(); }

std::vector<std::string_view> ids_of(const Nodes& nodes) {
  std::vector<std::string_view> ids;
  for (const pugi::xml_node node : nodes) ids.push_back(id_of(node));
  return ids;
}

/// What of `all` is in `others` too.
std::vector<std::string_view> common(const std::vector<std::string_view>& all,
                                     const std::vector<std::string_view>& others) {
  std::vector<std::string_view> both;
  for (const std::string_view id : all)
    if (std::ranges::find(others, id) != others.end()) both.push_back(id);
  return both;
}

bool are_names(std::vector<std::string_view> ids) {
  if (std::ranges::any_of(
          ids, [](std::string_view id) { return id.empty() || id.find('\'') != id.npos; }))
    return false;
  std::ranges::sort(ids);
  return std::ranges::adjacent_find(ids) == ids.end();
}

/// Writes the operations that make one element of another.
class Changes {
 public:
  explicit Changes(pugi::xml_node patch) : patch_(patch) {}

  void write(pugi::xml_node before, pugi::xml_node after, const std::string& path) {
    write_attributes(before, after, path);
    std::vector<std::string_view> names;
    for (const pugi::xml_node parent : {before, after})
      for (const pugi::xml_node child : parent.children())
        if (child.type() == pugi::node_element &&
            std::ranges::find(names, child.name()) == names.end())
          names.emplace_back(child.name());
    for (const std::string_view name : names)
      write_children(children(before, name), children(after, name), path,
                     fmt::format("{}/{}", path, name));
    const std::string_view text = after.child_value();
    if (text != before.child_value())
      operation("replace", path + "/text()").text().set(after.child_value());
  }

 private:
  pugi::xml_node operation(const char* name, const std::string& selector) {
    pugi::xml_node node = patch_.append_child(name);
    node.append_attribute("sel").set_value(selector.c_str());
    return node;
  }

  void write_attributes(pugi::xml_node before, pugi::xml_node after, const std::string& path) {
    for (const pugi::xml_attribute old : before.attributes()) {
      const pugi::xml_attribute now = after.attribute(old.name());
      const std::string selector = fmt::format("{}/@{}", path, old.name());
      if (!now)
        operation("remove", selector);
      else if (std::string_view(now.value()) != old.value())
        operation("replace", selector).text().set(now.value());
    }
    for (const pugi::xml_attribute now : after.attributes()) {
      if (before.attribute(now.name())) continue;
      pugi::xml_node add = operation("add", path);
      add.append_attribute("type").set_value(fmt::format("@{}", now.name()).c_str());
      add.text().set(now.value());
    }
  }

  void write_children(const Nodes& before, const Nodes& after, const std::string& parent,
                      const std::string& path) {
    const auto old_ids = ids_of(before);
    const auto new_ids = ids_of(after);
    if (are_names(old_ids) && are_names(new_ids) &&
        common(old_ids, new_ids) == common(new_ids, old_ids))
      return write_named(before, after, parent, path);
    for (std::size_t i = before.size(); i > after.size(); --i)
      operation("remove", fmt::format("{}[{}]", path, i));
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
      write(before[i], after[i], fmt::format("{}[{}]", path, i + 1));
    for (std::size_t i = before.size(); i < after.size(); ++i) {
      pugi::xml_node add = operation("add", i == 0 ? parent : fmt::format("{}[{}]", path, i));
      if (i > 0) add.append_attribute("pos").set_value("after");
      add.append_copy(after[i]);
    }
  }

  void write_named(const Nodes& before, const Nodes& after, const std::string& parent,
                   const std::string& path) {
    const auto named = [&](std::string_view id) { return fmt::format("{}[@id='{}']", path, id); };
    const auto find = [](const Nodes& nodes, std::string_view id) {
      const auto found = std::ranges::find(nodes, id, id_of);
      return found == nodes.end() ? pugi::xml_node() : *found;
    };
    const pugi::xml_node* previous = nullptr;
    for (const pugi::xml_node& node : after) {
      if (const pugi::xml_node old = find(before, id_of(node))) {
        write(old, node, named(id_of(node)));
      } else {
        // The first one stands before what was there; that may go afterwards.
        const bool first = previous == nullptr && !before.empty();
        const std::string place = previous != nullptr ? named(id_of(*previous))
                                  : first             ? named(id_of(before.front()))
                                                      : parent;
        pugi::xml_node add = operation("add", place);
        if (place != parent) add.append_attribute("pos").set_value(first ? "before" : "after");
        add.append_copy(node);
      }
      previous = &node;
    }
    for (const pugi::xml_node node : before)
      if (!find(after, id_of(node))) operation("remove", named(id_of(node)));
  }

  pugi::xml_node patch_;
};

}  // namespace

std::string mpd_changes(std::string_view before, std::string_view after) {
  pugi::xml_document old_mpd;
  pugi::xml_document new_mpd;
  old_mpd.load_buffer(before.data(), before.size());
  new_mpd.load_buffer(after.data(), after.size());
  const pugi::xml_node from = old_mpd.document_element();
  const pugi::xml_node to = new_mpd.document_element();
  pugi::xml_document document;
  pugi::xml_node patch = document.append_child("Patch");
  patch.append_attribute("xmlns").set_value("urn:mpeg:dash:schema:mpd-patch:2020");
  patch.append_attribute("mpdId").set_value(from.attribute("id").value());
  patch.append_attribute("originalPublishTime").set_value(from.attribute("publishTime").value());
  patch.append_attribute("publishTime").set_value(to.attribute("publishTime").value());
  Changes(patch).write(from, to, fmt::format("/{}", from.name()));
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

}  // namespace rung::emulator
