/**
 * Rules on the fields of requests and responses. Pure: a rule reads and changes a head and knows no
 * connection. Start reading at {@code FieldRules}.
 */
@NullMarked
package io.terminator.core.http.field;

import org.jspecify.annotations.NullMarked;
