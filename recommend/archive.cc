#include "recommend/archive.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/checksum.h"
#include "core/limits.h"

namespace rung::recommend {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie");
static_assert(sizeof(SparseEntry) == 8, "entries are copied as they lie");

constexpr std::string_view letters = "RUNGNEXT";
constexpr std::uint32_t version = 6;
constexpr std::size_t head_size = letters.size() + sizeof(std::uint32_t) + sizeof(std::uint64_t);
constexpr std::size_t checksum_size = sizeof(std::uint64_t);

class Writer {
 public:
  template <typename Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(std::bit_cast<std::array<char, sizeof(Number)>>(value).data(), sizeof(Number));
  }
  /// The number of elements, then the elements.
  template <typename Element>
  void list(std::span<const Element> elements) {
    number(static_cast<std::uint64_t>(elements.size()));
    const std::size_t at = bytes_.size();
    bytes_.resize(at + elements.size_bytes());
    if (!elements.empty()) std::memcpy(bytes_.data() + at, elements.data(), elements.size_bytes());
  }
  void text(std::string_view text) { list(std::span<const char>(text)); }
  void rows(const SparseRows& rows) {
    list(std::span(rows.starts));
    list(std::span(rows.entries));
  }
  void choice(const ChoiceModel& model) {
    list(std::span<const double>(model.weights));
    number(model.other);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads until something is missing; from then on everything is empty and good() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename Number>
  Number number() {
    Number value{};
    if (rest_.size() < sizeof(Number)) {
      fail();
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof(Number));
    rest_.remove_prefix(sizeof(Number));
    return value;
  }
  template <typename Element>
  std::vector<Element> list() {
    const auto size = number<std::uint64_t>();
    if (size > rest_.size() / sizeof(Element)) {
      fail();
      return {};
    }
    std::vector<Element> elements(static_cast<std::size_t>(size));
    const std::size_t length = elements.size() * sizeof(Element);
    if (length > 0) std::memcpy(elements.data(), rest_.data(), length);
    rest_.remove_prefix(length);
    return elements;
  }
  std::string text() {
    const std::vector<char> letters_read = list<char>();
    return {letters_read.begin(), letters_read.end()};
  }
  SparseRows rows() {
    SparseRows rows;
    rows.starts = list<std::uint32_t>();
    rows.entries = list<SparseEntry>();
    return rows;
  }
  ChoiceModel choice() {
    ChoiceModel model;
    const std::vector<double> weights = list<double>();
    model.other = number<double>();
    if (weights.size() != model.weights.size()) fail();
    if (good_) std::ranges::copy(weights, model.weights.begin());
    return model;
  }
  void fail() {
    good_ = false;
    rest_ = {};
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

bool sound(const ChoiceModel& model) {
  return std::isfinite(model.other) && std::abs(model.other) < 1e3 &&
         std::ranges::all_of(model.weights,
                             [](double weight) { return weight >= 0 && weight < 1e3; });
}

bool sound(std::span<const float> counts, std::size_t titles) {
  return counts.size() == titles &&
         std::ranges::all_of(counts, [](float count) { return count >= 0 && count < 1e9F; });
}

bool sound(const TitleFactors& factors, std::size_t titles) {
  return factors.values.size() == titles * TitleFactors::dimensions &&
         std::ranges::all_of(factors.values, [](float value) { return std::abs(value) < 1e6F; });
}

/// A row for each moment, or none where none is known.
bool consistent_moments(const SparseRows& rows, std::size_t moments, std::size_t titles) {
  return rows.consistent(rows.size() == 0 ? 0 : moments, titles);
}

}  // namespace

std::string write_recommender(const Recommender& recommender) {
  Writer content;
  content.number(static_cast<std::uint64_t>(recommender.titles().size()));
  for (const std::string& title : recommender.titles()) content.text(title);
  content.list(recommender.sources().popularity.counts());
  content.list(recommender.sources().popularity.recent_counts());
  content.rows(recommender.sources().transitions.following);
  content.rows(recommender.sources().transitions.forward);
  content.rows(recommender.sources().transitions.together);
  content.rows(recommender.sources().ease);
  content.list(std::span(recommender.sources().ials.values));
  content.list(std::span(recommender.sources().sessions.starts));
  content.list(std::span(recommender.sources().sessions.titles));
  const MomentCounts& moments = recommender.sources().moments;
  content.number(static_cast<std::uint64_t>(moments.devices().size()));
  for (const std::string& device : moments.devices()) content.text(device);
  content.rows(moments.hours());
  content.rows(moments.on_devices());
  content.choice(recommender.warm());
  content.choice(recommender.cold());
  const WatchTimes::Parts& times = recommender.watch_times().parts();
  content.number(times.shape);
  content.number(times.scale);
  content.list(std::span(times.factors));
  content.list(std::span(times.starts));
  content.list(std::span(times.segments));
  Writer head;
  head.number(version);
  head.number(static_cast<std::uint64_t>(content.bytes().size()));
  std::string file = std::string(letters) + head.bytes() + content.bytes();
  Writer sum;
  sum.number(checksum(file));
  return file + sum.bytes();
}

Expected<Recommender> read_recommender(std::string_view bytes, const std::string& name) {
  const auto damaged = [&name](const std::string& what) {
    return failure(ErrorCode::malformed, what + "; train the model anew", name);
  };
  if (bytes.size() > static_cast<std::size_t>(limits::recommender_size.bytes()))
    return failure(ErrorCode::limit_exceeded, "the model is larger than 1 GiB", name);
  if (!bytes.starts_with(letters))
    return failure(ErrorCode::malformed, "is no model that `rung recommend train` wrote", name);
  if (bytes.size() < head_size + checksum_size) return damaged("the model is cut short");
  Reader head(bytes.substr(letters.size()));
  if (const auto found = head.number<std::uint32_t>(); found != version)
    return failure(ErrorCode::unsupported,
                   "the model has version " + std::to_string(found) +
                       " of the format, this program reads version " + std::to_string(version) +
                       "; train the model anew",
                   name);
  const auto size = head.number<std::uint64_t>();
  if (size != bytes.size() - head_size - checksum_size)
    return damaged("the model is cut short or has something behind its end");
  const std::size_t end = bytes.size() - checksum_size;
  if (Reader(bytes.substr(end)).number<std::uint64_t>() != checksum(bytes.substr(0, end)))
    return damaged("the model is damaged: its checksum differs");

  Reader content(bytes.substr(head_size, static_cast<std::size_t>(size)));
  const auto count = content.number<std::uint64_t>();
  if (count == 0 || count > limits::recommended_titles)
    return damaged("the model has no titles, or more than a million");
  std::vector<std::string> titles;
  for (std::uint64_t title = 0; title < count && content.good(); ++title) {
    titles.push_back(content.text());
    if (titles.back().empty() || titles.back().size() > limits::play_name_length) content.fail();
  }
  FeatureSources sources;
  std::vector<float> counts = content.list<float>();
  std::vector<float> recent_counts = content.list<float>();
  sources.transitions.following = content.rows();
  sources.transitions.forward = content.rows();
  sources.transitions.together = content.rows();
  sources.ease = content.rows();
  sources.ials.values = content.list<float>();
  sources.sessions.starts = content.list<std::uint32_t>();
  sources.sessions.titles = content.list<TitleIndex>();
  std::vector<std::string> devices;
  const auto device_count = content.number<std::uint64_t>();
  if (device_count > Moment::devices) content.fail();
  for (std::uint64_t device = 0; device < device_count && content.good(); ++device)
    devices.push_back(content.text());
  SparseRows hours = content.rows();
  SparseRows on_devices = content.rows();
  const ChoiceModel warm = content.choice();
  const ChoiceModel cold = content.choice();
  WatchTimes::Parts times;
  times.shape = content.number<double>();
  times.scale = content.number<double>();
  times.factors = content.list<double>();
  times.starts = content.list<std::uint32_t>();
  times.segments = content.list<float>();
  const std::size_t known = titles.size();
  const bool for_titles = times.factors.empty() || times.factors.size() == known;
  auto watch_times = WatchTimes::of(std::move(times));
  if (!content.good() || !for_titles || !watch_times || !content.at_end() ||
      !sound(counts, known) || !sound(recent_counts, known) ||
      !sources.transitions.following.consistent(known, known) ||
      !sources.transitions.forward.consistent(known, known) ||
      !sources.transitions.together.consistent(known, known) ||
      !sources.ease.consistent(known, known) || !sound(sources.ials, known) ||
      !sources.sessions.consistent(known) || !consistent_moments(hours, Moment::hours, known) ||
      !consistent_moments(on_devices, devices.size(), known) || !sound(warm) || !sound(cold))
    return damaged("the model contradicts itself");
  sources.transitions.following.sum_rows();
  sources.transitions.forward.sum_rows();
  sources.transitions.together.sum_rows();
  sources.ease.sum_rows();
  sources.ials.sum_products();
  sources.sessions.list_titles(known);
  hours.sum_rows();
  on_devices.sum_rows();
  sources.moments =
      MomentCounts::of(std::move(devices), std::move(hours), std::move(on_devices), known);
  sources.popularity = Popularity::of(std::move(counts), std::move(recent_counts));
  return Recommender::of(std::move(titles), std::move(sources), warm, cold,
                         *std::move(watch_times));
}

}  // namespace rung::recommend
