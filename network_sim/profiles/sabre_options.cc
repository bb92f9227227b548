#include "network_sim/profiles/sabre_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

namespace rung::network_sim {

namespace {

constexpr std::array<std::string_view, 5> names{"throughput", "bola", "bola-e", "dynamic",
                                                "dynamicdash"};
constexpr std::string_view known =
    "basic, low-oscillation, no-insufficient-buffer, mmsys18, gp=N, replace=left, replace=right, "
    "window=N, half-life=S";

tl::unexpected<Error> wrong(std::string_view policy, std::string_view option,
                            const std::string& why) {
  return failure(ErrorCode::invalid_argument, "option '" + std::string(option.substr(0, 64)) +
                                                  "' of policy " + std::string(policy) + ' ' + why);
}

/// Numbers of one kind with '/' between them, each within the bounds; none where that is not so.
template <typename Number>
std::optional<std::vector<Number>> numbers(std::string_view text, Number least, Number most) {
  constexpr std::size_t longest = 8;
  std::vector<Number> list;
  while (true) {
    const std::size_t end = std::min(text.find('/'), text.size());
    Number number{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, number);
    if (error != std::errc{} || stop != text.data() + end || !(number >= least && number <= most) ||
        list.size() == longest)
      return std::nullopt;
    list.push_back(number);
    if (end == text.size()) return list;
    text.remove_prefix(end + 1);
  }
}

Expected<void> read_option(std::string_view option, SabreOptions& into) {
  const std::size_t sign = std::min(option.find('='), option.size());
  const std::string_view name = option.substr(0, sign);
  const std::string_view value =
      sign == option.size() ? std::string_view() : option.substr(sign + 1);
  if (option == "basic") {
    into.basic = true;
  } else if (option == "low-oscillation") {
    into.low_oscillation = true;
  } else if (option == "no-insufficient-buffer") {
    into.insufficient_buffer = false;
  } else if (option == "mmsys18") {
    into.mmsys18 = true;
  } else if (name == "gp") {
    const auto read = numbers(value, 0.001, 1000.0);
    if (!read || read->size() != 1) return wrong(into.policy, option, "must lie in 0.001 to 1000");
    into.gamma_p = read->front();
  } else if (name == "replace") {
    if (value != "left" && value != "right")
      return wrong(into.policy, option, "must be replace=left or replace=right");
    into.replacement =
        value == "left" ? SabreOptions::Replacement::left : SabreOptions::Replacement::right;
  } else if (name == "window") {
    const auto read = numbers(value, 1, 1000);
    if (!read)
      return wrong(into.policy, option,
                   "must be 1 to 1000 transfers, or up to eight such numbers as 3/10");
    into.windows = *read;
  } else if (name == "half-life") {
    const auto read = numbers(value, 0.001, 86'400.0);
    if (!read)
      return wrong(into.policy, option,
                   "must be 0.001 to 86400 seconds, or up to eight such numbers as 3/8");
    into.half_lives = *read;
  } else {
    return wrong(into.policy, option, "is none of " + std::string(known));
  }
  return {};
}

}  // namespace

std::span<const std::string_view> sabre_policy_names() { return names; }

Expected<std::optional<SabreOptions>> parse_sabre_policy(std::string_view name) {
  const std::size_t end = std::min(name.find(':'), name.size());
  const auto* const found = std::ranges::find(names, name.substr(0, end));
  if (found == names.end()) return std::nullopt;
  SabreOptions options{.policy = *found, .windows = {}};
  std::vector<std::string_view> seen;
  std::string_view rest = name.substr(end);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view option = rest.substr(0, std::min(rest.find(':'), rest.size()));
    const std::string_view kind = option.substr(0, std::min(option.find('='), option.size()));
    if (std::ranges::find(seen, kind) != seen.end())
      return wrong(options.policy, option, "is there twice");
    seen.push_back(kind);
    if (auto read = read_option(option, options); !read) return tl::unexpected(read.error());
    rest.remove_prefix(option.size());
  }
  if (std::ranges::find(seen, "window") != seen.end() &&
      std::ranges::find(seen, "half-life") != seen.end())
    return failure(ErrorCode::invalid_argument,
                   "policy " + std::string(options.policy) +
                       " averages over a window or with half-lives, not both");
  return options;
}

}  // namespace rung::network_sim
