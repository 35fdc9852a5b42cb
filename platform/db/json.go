package db

import (
	"bytes"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// keepNumbers makes a connection keep numbers in JSON as they are written. pgx
// decodes an array of JSON that database/sql hands it as text and encodes it
// anew; with its usual codec every number becomes a float64 in between, and an
// id of 64 bits becomes another one.
func keepNumbers(conn *pgx.Conn) {
	types := conn.TypeMap()
	jsonb := &pgtype.Type{Name: "jsonb", OID: pgtype.JSONBOID, Codec: &pgtype.JSONBCodec{Marshal: json.Marshal, Unmarshal: unmarshalNumbers}}
	types.RegisterType(jsonb)
	types.RegisterType(&pgtype.Type{Name: "_jsonb", OID: pgtype.JSONBArrayOID, Codec: &pgtype.ArrayCodec{ElementType: jsonb}})
}

func unmarshalNumbers(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}
