package io.terminator.admin.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.HttpData;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.core.setting.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A certificate and its key as uploaded by an operator: JSON ({@code chain} and {@code key} as PEM,
 * or {@code pkcs12} in base64, {@code password} and {@code keyPassword}), a multipart form with the
 * same names, whose {@code pkcs12} is the file itself, or a body that is one file with both. Never
 * printed.
 */
final class Upload {
  /** Schema of the JSON and form variants. */
  static final Map<String, ?> SCHEMA =
      Map.of(
          "type",
          "object",
          "additionalProperties",
          false,
          "properties",
          Map.of(
              "chain", Map.of("type", "string"),
              "key", Map.of("type", "string", "writeOnly", true),
              "pkcs12", Map.of("type", "string", "writeOnly", true),
              "password", Map.of("type", "string", "writeOnly", true),
              "keyPassword", Map.of("type", "string", "writeOnly", true)));

  private static final Set<String> NAMES =
      Set.of("chain", "key", "pkcs12", "password", "keyPassword");

  private final byte[] chain;
  private final byte[] key;
  private final @Nullable Secret password;
  private final @Nullable Secret keyPassword;

  private Upload(
      byte[] chain, byte[] key, @Nullable Secret password, @Nullable Secret keyPassword) {
    this.chain = chain;
    this.key = key;
    this.password = password;
    this.keyPassword = keyPassword;
  }

  byte[] chain() {
    return chain;
  }

  /** The same array as {@link #chain} if one file contains both. */
  byte[] key() {
    return key;
  }

  @Nullable Secret password() {
    return password;
  }

  /** Decrypts a key that has its own password in a key store. */
  @Nullable Secret keyPassword() {
    return keyPassword;
  }

  static Upload of(AdminRequest request) {
    if (request.body().length == 0) {
      throw ProblemDetails.badRequest(
          "body: empty; expected a PEM chain with its key, a PKCS#12 file, a multipart form or JSON"
              + " with chain and key or with pkcs12");
    }
    String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "").toLowerCase(Locale.ROOT);
    if (type.startsWith("application/json")) {
      return fromJson(request.json());
    }
    if (type.startsWith("multipart/form-data")) {
      return fromForm(request);
    }
    return new Upload(request.body(), request.body(), null, null);
  }

  private static Upload fromJson(JsonNode json) {
    Map<String, byte[]> parts = new HashMap<>();
    json.properties()
        .forEach(
            field -> {
              if (!NAMES.contains(field.getKey())) {
                throw unknown(field.getKey());
              }
              if (!field.getValue().isTextual()) {
                throw ProblemDetails.badRequest(member(field.getKey()) + ": expected a text");
              }
              parts.put(
                  field.getKey(), field.getValue().textValue().getBytes(StandardCharsets.UTF_8));
            });
    parts.computeIfPresent("pkcs12", (name, text) -> decoded(text));
    return of(parts);
  }

  /** The decoder for MIME would skip whatever is not base64, and {@code ###} be an empty file. */
  private static byte[] decoded(byte[] text) {
    String digits = new String(text, StandardCharsets.UTF_8).replaceAll("\\s", "");
    try {
      return Base64.getDecoder().decode(digits);
    } catch (IllegalArgumentException notBase64) {
      throw ProblemDetails.badRequest("body.pkcs12: not base64; expected a PKCS#12 file in base64");
    }
  }

  private static Upload fromForm(AdminRequest request) {
    DefaultFullHttpRequest form =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.POST,
            "/",
            Unpooled.wrappedBuffer(request.body()),
            request.headers(),
            io.netty.handler.codec.http.EmptyHttpHeaders.INSTANCE);
    if (!HttpPostRequestDecoder.isMultipart(form)) {
      throw ProblemDetails.badRequest(
          "body: multipart/form-data without a boundary in Content-Type; let the client set it, as"
              + " curl -F does");
    }
    HttpPostRequestDecoder decoder = null;
    try {
      // In memory: a private key must not be written to disk.
      decoder = new HttpPostRequestDecoder(new DefaultHttpDataFactory(false), form);
      Map<String, byte[]> parts = new HashMap<>();
      for (InterfaceHttpData part : decoder.getBodyHttpDatas()) {
        if (part instanceof HttpData data) {
          parts.put(part.getName(), data.get());
        }
      }
      return of(parts);
    } catch (ProblemDetails ours) {
      throw ours;
    } catch (RuntimeException | IOException unreadable) {
      // Netty's decoder passes on any exception of its parser, for example an index out of bounds.
      throw ProblemDetails.badRequest(
          "body: not a multipart form; expected the parts chain and key, or pkcs12");
    } finally {
      if (decoder != null) {
        decoder.destroy();
      }
    }
  }

  private static Upload of(Map<String, byte[]> parts) {
    byte[] chain = parts.remove("chain");
    byte[] pkcs12 = parts.remove("pkcs12");
    byte[] key = parts.remove("key");
    byte[] password = parts.remove("password");
    byte[] keyPassword = parts.remove("keyPassword");
    if (!parts.isEmpty()) {
      throw unknown(parts.keySet().iterator().next());
    }
    if (pkcs12 != null && (chain != null || key != null)) {
      throw ProblemDetails.badRequest(
          "body.pkcs12: given beside chain or key; expected either a PKCS#12 file, which has both, or"
              + " chain and key");
    }
    if (pkcs12 != null) {
      chain = pkcs12;
    }
    if (chain == null) {
      throw ProblemDetails.badRequest(
          "body.chain: missing; expected the certificate's chain in PEM, or pkcs12");
    }
    return new Upload(chain, key == null ? chain : key, secret(password), secret(keyPassword));
  }

  private static ProblemDetails unknown(String name) {
    return ProblemDetails.badRequest(
        member(name) + ": unknown key; expected only chain, key, pkcs12, password and keyPassword");
  }

  private static @Nullable Secret secret(byte @Nullable [] text) {
    return text == null ? null : new Secret(new String(text, StandardCharsets.UTF_8));
  }

  /**
   * A name that the client sent. A body that is not what its type says may have a private key in
   * the place of a name: only a short word is repeated.
   */
  private static String member(String name) {
    return name.matches("[A-Za-z][A-Za-z0-9_-]{0,31}") ? "body." + name : "body: a name in it";
  }

  @Override
  public String toString() {
    return "[upload of " + chain.length + " bytes]";
  }
}
