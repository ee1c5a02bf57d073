package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Place;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.http.exchange.ErrorPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code listeners[].http.errors}: files with the bodies of Terminator's own answers. */
final class ErrorPages {
  /** The body is sent to everyone who asks, also by an attack that causes the error. */
  private static final int LARGEST = 64 * 1024;

  private static final Set<String> STATUSES =
      Set.of(
          "400", "404", "408", "413", "414", "417", "421", "429", "431", "500", "501", "502", "503",
          "504", "505");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "htm", "text/html; charset=utf-8",
          "json", "application/json",
          "xml", "application/xml");

  static final Key<Map<String, Path>> KEY =
      Key.optional(
          "errors",
          Kinds.map(
              "status",
              "a status that Terminator itself answers: 400, 404, 408, 413, 414, 417, 421, 429, 431"
                  + " or 500 to 505",
              STATUSES::contains,
              Paths.file()),
          Map.of(),
          "Files with the bodies of Terminator's own answers, by status, at most 64 KiB each; the"
              + " others are a short text. The media type follows from .html, .json, .xml or .txt."
              + " Read at start and at each reload.");

  private ErrorPages() {}

  static Map<Integer, ErrorPage> read(Section section) {
    Map<Integer, ErrorPage> pages = new HashMap<>();
    Reading reading = section.reading();
    if (reading == null || !reading.checksFiles()) {
      return pages;
    }
    section
        .get(KEY)
        .forEach(
            (status, file) -> {
              ErrorPage page = read(status, file, section, reading);
              if (page != null) {
                pages.put(Integer.parseInt(status), page);
              }
            });
    return pages;
  }

  private static @Nullable ErrorPage read(
      String status, Path file, Section section, Reading reading) {
    String finding;
    try {
      return new ErrorPage(BoundedFile.read(file, LARGEST), type(file));
    } catch (UnfitFileException unfit) {
      finding = unfit.getReason();
    } catch (IOException unreadable) {
      finding = "cannot be read";
    }
    Place all = section.placeOf(KEY);
    String path = all.path() + "." + status;
    reading.problem(
        reading.placeOf(path, new Place(path, all.line())),
        "\"" + file + "\" " + finding,
        "a readable file of at most 64 KiB",
        "");
    return null;
  }

  private static String type(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return TYPES.getOrDefault(
        name.substring(name.lastIndexOf('.') + 1), "text/plain; charset=utf-8");
  }
}
