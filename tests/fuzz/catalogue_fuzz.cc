#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "recommend/next_titles.h"

/// Any bytes as a feed; of what is accepted every title is found, and probabilities are ones.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto catalogue = rung::recommend::Catalogue::parse(text, "https://example.org/feed.json");
  if (!catalogue) return 0;
  for (std::size_t title = 0; title < catalogue->titles().size(); ++title)
    RUNG_CHECK(catalogue->find(catalogue->titles()[title].id) == title);
  const std::size_t last = catalogue->titles().size() - 1;
  double all = 0;
  for (const auto& one : rung::recommend::next_titles(*catalogue, nullptr, {&last, 1}, {}, 1000))
    all += one.probability;
  RUNG_CHECK(all >= 0 && all < 1.000001);
  return 0;
}
