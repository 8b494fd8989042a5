/** The functions of Spark SQL; the one package here that uses Spark. */
package io.latentsync.sql;
