#include "cli/moment_options.h"

#include "cli/flag_values.h"

namespace rung::cli {

void add_moment_options(CLI::App& command, recommend::ViewingMoment& moment) {
  command.add_option("--hour", moment.hour, "The hour of the viewer's day, 0 to 23 (default: any)")
      ->check(whole_number_from(0, 23));
  command.add_option("--device", moment.device, "What the viewer watches on (default: any)")
      ->check(any_text());
}

}  // namespace rung::cli
