#include "cli/decision_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace rung::cli {
namespace {

/// A name as one field: what would end the field or the line is replaced.
std::string field(std::string_view name) {
  std::string text(name);
  std::ranges::replace_if(
      text, [](char letter) { return letter == '\t' || letter == '\n' || letter == '\r'; }, ' ');
  return text;
}

double seconds(Timestamp at) { return to_seconds(at - Timestamp{}); }

}  // namespace

std::string decision_head() {
  return "policy\ttrace\ttitle\tseed\tsegment\trepresentation\tsize_bytes\trequest_s\t"
         "first_byte_s\tdone_s\tbuffer_before_s\tbuffer_after_s\tstall_s\tabandoned\n";
}

std::string decision_rows(const network_sim::Sweep& sweep, std::size_t index,
                          const std::vector<network_sim::TransferRecord>& transfers) {
  const network_sim::Sweep::Place place = sweep.place(index);
  const std::string session =
      fmt::format("{}\t{}\t{}\t{}", field(sweep.policies[place.policy]),
                  field(sweep.links[place.link].trace().name()),
                  field(sweep.titles[place.title].name), sweep.seeds[place.seed]);
  std::string text;
  for (const network_sim::TransferRecord& record : transfers)
    fmt::format_to(
        std::back_inserter(text), "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", session,
        record.segment, record.representation, record.size.bytes(), seconds(record.requested),
        record.first_byte ? fmt::format("{}", seconds(*record.first_byte)) : "",
        seconds(record.done), to_seconds(record.buffer_before), to_seconds(record.buffer_after),
        to_seconds(record.stalled), record.abandoned ? 1 : 0);
  return text;
}

}  // namespace rung::cli
