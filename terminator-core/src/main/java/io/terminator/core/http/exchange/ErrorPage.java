package io.terminator.core.http.exchange;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The body of an answer that Terminator itself gives, and its media type. Immutable. */
public final class ErrorPage {
  private final byte[] body;
  private final String type;

  public ErrorPage(byte[] body, String type) {
    this.body = body.clone();
    this.type = type;
  }

  byte[] body() {
    return body;
  }

  String type() {
    return type;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ErrorPage page
        && type.equals(page.type)
        && Arrays.equals(body, page.body);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(body);
  }

  @Override
  public String toString() {
    return type + ", " + body.length + " bytes";
  }
}
