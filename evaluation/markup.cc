#include "evaluation/markup.h"

namespace rung::evaluation {

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '&')
      escaped += "&amp;";
    else if (letter == '<')
      escaped += "&lt;";
    else if (letter == '>')
      escaped += "&gt;";
    else if (letter == '"')
      escaped += "&quot;";
    else
      escaped += static_cast<unsigned char>(letter) < 0x20 ? '?' : letter;
  }
  return escaped;
}

}  // namespace rung::evaluation
